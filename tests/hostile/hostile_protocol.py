"""Parsers of what comes with requests: tokens, codes, addresses, sealed responses, records, and whole requests."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from a_round import Member, Round, SetClock, changed, make_round, small_form
from form_samples import every_kind
from hypothesis import strategies as st
from mail_worlds import MailWorld
from mutations import MARK, damaged, damaged_json, damaged_text
from parsers import Parser

from survey.forms.codec import InvalidRecord, decode, record_length
from survey.intake.app import create_app as new_intake
from survey.intake.box import BallotBox
from survey.registrar.codes import MalformedCode, hash_code, new_code
from survey.registrar.mail_addresses import MalformedAddress, read_address, read_domain
from survey.respondent.services import _refusal
from survey.respondent.ticket import request_for
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.folder import RoundsFolder
from survey.sealing import SealingPublicKey, Unopenable
from survey.sources import Sources
from survey.tokens import MalformedToken, Token, TokenKey, TokenRequest, authorization, parse_authorization

ADDRESSES = ("ana@society.example", "Ana.B+x@bücher.example", "a@xn--bcher-kva.example", f"{MARK}@a.example")
REQUEST = "A" * 21 + "Q"


@cache
def spring() -> Round:
    return make_round("spring")


@cache
def member() -> Member:
    return spring().member()


def token_header(_: Path) -> Parser:
    header = authorization(member().token)
    return Parser(parse_authorization, (MalformedToken,), damaged_text([header, header[:-4]]), secret=True)


def admission(_: Path) -> Parser:
    """Never raises, whatever the header."""
    verifier = spring().manifest.verifier
    return Parser(verifier.admit, (), damaged_text([authorization(member().token)]) | st.none(), secret=True)


def token_bytes(_: Path) -> Parser:
    return Parser(Token.from_bytes, (MalformedToken,), damaged([member().token.to_bytes()]), secret=True)


def token_request(_: Path) -> Parser:
    request = request_for(spring().manifest, member().ticket).to_bytes()
    return Parser(TokenRequest.from_bytes, (MalformedToken,), damaged([request]), secret=True)


def token_key(_: Path) -> Parser:
    return Parser(TokenKey.from_spki, (MalformedToken,), damaged([spring().manifest.token_key]))


def sealed_response(_: Path) -> Parser:
    round_, nonce = spring(), member().token.nonce
    withdrawn = round_.seal(member(), b"\xff" * round_.sealed_length, 65535)
    inputs = damaged([round_.seal(member()), withdrawn, b""])
    return Parser(lambda data: round_.sealing.open(data, round_.manifest.id_bytes, nonce), (Unopenable,), inputs, True)


def sealing_key(_: Path) -> Parser:
    return Parser(SealingPublicKey, (ValueError,), damaged([spring().manifest.sealing_key]))


def record(_: Path) -> Parser:
    forms = (small_form(), every_kind())
    inputs = st.sampled_from(forms).flatmap(
        lambda form: st.tuples(
            st.just(form), st.binary(max_size=record_length(form) + 2) | damaged([bytes(record_length(form))])
        )
    )
    return Parser(lambda given: decode(*given), (InvalidRecord,), inputs, secret=True)


def code(_: Path) -> Parser:
    inputs = damaged_text([new_code(), new_code().upper().replace("-", " ")])
    return Parser(lambda text: hash_code(text, bytes(32)), (MalformedCode,), inputs, secret=True)


def address(_: Path) -> Parser:
    return Parser(read_address, (MalformedAddress,), damaged_text(ADDRESSES), secret=True)


def domain(_: Path) -> Parser:
    return Parser(read_domain, (MalformedAddress,), damaged_text([a.partition("@")[2] for a in ADDRESSES]), secret=True)


def source(_: Path) -> Parser:
    """Never raises, whatever a proxy or a sender says."""
    said = damaged_text(["203.0.113.7", "[2001:db8::7]:443", "::ffff:203.0.113.7", "fe80::1%eth0", "a, 203.0.113.7:1"])
    environ = st.builds(
        lambda remote, forwarded: {
            "PATH_INFO": "/mail-request",
            "REMOTE_ADDR": remote,
            "HTTP_X_FORWARDED_FOR": forwarded,
        },
        said | st.just("127.0.0.1"),
        said,
    )
    return Parser(Sources(), (), environ)


def refusal_of_a_service(_: Path) -> Parser:
    """What a respondent's client makes of any answer: always a sentence that can be shown."""
    problem = b'{"detail":"Try again.","status":503,"type":"urn:subrosa:problem:storage"}'

    def read(data: bytes) -> None:
        said = _refusal(503, data)
        assert str(said).isprintable()
        assert len(str(said)) <= 300

    return Parser(read, (), damaged_json(problem))


class Answered(Exception):
    """A service said no; a status that is a fault of the service is none of these."""


def _asking(app: Any, method: str, path: str) -> Callable[[tuple[bytes, dict[str, str]]], None]:
    client = app.test_client()

    def ask(given: tuple[bytes, dict[str, str]]) -> None:
        body, headers = given
        answer = client.open(path, method=method, data=body, headers=headers)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            raise Answered(answer.get_data(as_text=True))

    return ask


def _header(*valid: str) -> Any:
    """What a server hands on: no line ends, and nothing beyond Latin-1."""
    return damaged_text(valid).map(lambda text: "".join(c for c in text if c >= " " and ord(c) < 256))


def response_to_the_intake(folder: Path) -> Parser:
    app = new_intake(
        _rounds(folder, spring()), BallotBox.open(folder / "intake.sqlite"), lambda: spring().manifest.opens
    )
    headers = st.fixed_dictionaries(
        {"Authorization": _header(authorization(member().token)), "Subrosa-Revision": _header("1", "65535")}
    )
    inputs = st.tuples(damaged([spring().seal(member())]), headers)
    return Parser(_asking(app, "PUT", f"/v1/rounds/{spring().manifest.id}/response"), (Answered,), inputs, secret=True)


def _rounds(folder: Path, *rounds: Round) -> RoundsFolder:
    found = RoundsFolder(folder / "rounds")
    for one in rounds:
        found.add(one.served)
    return found


def _registrar(folder: Path, code: str = "") -> tuple[Any, str]:

    both = changed(spring(), eligibility=Eligibility(True, MailEligibility(domains=("society.example",))))
    world = MailWorld(folder / "registrar.sqlite", _rounds(folder, both), SetClock(), {both.manifest.id: both.issuer})
    if code:
        world.register.add(both.manifest.id_bytes, [hash_code(code, both.manifest.id_bytes)])
    return world.app, f"/v1/rounds/{both.manifest.id}"


def request_to_the_registrar(folder: Path) -> Parser:
    code = new_code()
    app, path = _registrar(folder, code)
    credentials = _header(f"Bearer {code}", f"MailCode {REQUEST}:1234 5678")
    request = request_for(spring().manifest, member().ticket).to_bytes()
    inputs = st.tuples(damaged([request]), st.fixed_dictionaries({"Authorization": credentials}))
    return Parser(_asking(app, "POST", f"{path}/token-request"), (Answered,), inputs, secret=True)


def request_for_mail(folder: Path) -> Parser:
    app, path = _registrar(folder)
    body = f'{{"address":"ana@society.example","request":"{REQUEST}"}}'.encode()
    kinds = st.fixed_dictionaries({"Content-Type": st.just("application/json") | _header("application/json")})
    return Parser(
        _asking(app, "POST", f"{path}/mail-request"), (Answered,), st.tuples(damaged_json(body), kinds), secret=True
    )


PARSERS: dict[str, Callable[[Path], Parser]] = {
    one.__name__: one
    for one in (
        token_header,
        admission,
        token_bytes,
        token_request,
        token_key,
        sealed_response,
        sealing_key,
        record,
        code,
        address,
        domain,
        source,
        refusal_of_a_service,
        response_to_the_intake,
        request_to_the_registrar,
        request_for_mail,
    )
}
