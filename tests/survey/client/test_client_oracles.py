"""Other people's implementations of the same standards, against ours: tokens and sealed responses, both ways."""

import hashlib
import secrets

import pytest
from a_round import changed

from survey.forms.codec import encode
from survey.respondent.ticket import new_ticket, redeem, request_for, seal
from survey.sealing import Response, Status, Unopenable
from survey.tokens import Token, TokenKey

LABEL = "subrosa/response/v1"


@pytest.fixture(scope="module")
def abroad(client, spring):
    """A foreign issuer, and the round as it would be under its key."""
    made = client("foreign_issuer")
    return made["issuer"], changed(spring, token_key=bytes.fromhex(made["token_key"]))


def test_a_foreign_respondent_goes_the_whole_way_through_our_services(client, town):
    """All she has is the addresses, the code and the sealing key: the challenge and the token key come by HTTP."""
    manifest, secret = town.round.manifest, secrets.token_bytes(32)
    nonce, response = hashlib.sha256(secret).digest(), Response(secret, 1, Status.ANSWERS, town.round.record)
    made = client(
        "foreign_respondent",
        registrar=town.url("registrar"),
        intake=town.url("intake"),
        round=manifest.id,
        code=town.code(),
        nonce=nonce.hex(),
        sealing_key=manifest.sealing_key.hex(),
        plaintext=(secret + b"\0\1" + b"\0" + town.round.record).hex(),
    )
    assert (made["asked"], made["status"]) == (401, 201)
    token = Token.from_bytes(bytes.fromhex(made["token"]))
    ((stored, revision, authenticator, sealed),) = town.box.ballots(manifest.id_bytes)
    assert (stored, revision, authenticator) == (nonce, 1, token.authenticator)
    assert manifest.verifier.accepts(nonce, authenticator)
    assert town.round.sealing.open(sealed, manifest.id_bytes, nonce) == response


def test_a_foreign_respondent_gets_nothing_for_a_used_code(client, town):
    asked = {
        "registrar": town.url("registrar"),
        "intake": town.url("intake"),
        "round": town.round.manifest.id,
        "code": town.code(),
        "nonce": bytes(32).hex(),
        "sealing_key": town.round.manifest.sealing_key.hex(),
        "plaintext": bytes(35 + len(town.round.record)).hex(),
    }
    assert client("foreign_respondent", **asked)["status"] == 201
    assert "used-code" in client("foreign_respondent", **asked)["message"]
    assert town.box.count(town.round.manifest.id_bytes) == 1


def test_the_key_of_a_foreign_issuer_is_the_one_encoding_that_we_read(abroad):
    _, there = abroad
    assert TokenKey.from_spki(there.manifest.token_key).spki == there.manifest.token_key


def test_the_client_makes_a_token_of_what_a_foreign_issuer_signs(client, abroad):
    issuer, there = abroad
    ticket = client("ticket", served=there.served.hex(), round=there.manifest.id)
    issued = client("foreign_issue", issuer=issuer, request=ticket["request"])
    assert issued["truncated_key_id"] == there.manifest.verifier.key_id[-1]
    made = client("redeem", served=there.served.hex(), round=there.manifest.id, ticket=ticket, answer=issued["answer"])
    _is_a_token_here_and_there(client, abroad, bytes.fromhex(made["token"]))


def test_bulk_entry_makes_a_token_of_what_a_foreign_issuer_signs(client, abroad):
    issuer, there = abroad
    ticket = new_ticket(there.manifest)
    request = request_for(there.manifest, ticket).to_bytes()
    issued = client("foreign_issue", issuer=issuer, request=request.hex())
    token = redeem(there.manifest, ticket, bytes.fromhex(issued["answer"]))
    _is_a_token_here_and_there(client, abroad, token.to_bytes())


def _is_a_token_here_and_there(client, abroad, token: bytes) -> None:
    issuer, there = abroad
    read = Token.from_bytes(token)
    assert there.manifest.verifier.accepts(read.nonce, read.authenticator)
    verified = client("foreign_verify", issuer=issuer, token=token.hex())
    assert verified == {"issuer": True, "origin": True, "key_id": True}


def test_a_token_that_was_changed_is_refused_by_a_foreign_origin(client, abroad):
    issuer, there = abroad
    ticket = new_ticket(there.manifest)
    issued = client("foreign_issue", issuer=issuer, request=request_for(there.manifest, ticket).to_bytes().hex())
    token = bytearray(redeem(there.manifest, ticket, bytes.fromhex(issued["answer"])).to_bytes())
    token[2] ^= 1
    verified = client("foreign_verify", issuer=issuer, token=token.hex())
    assert (verified["issuer"], verified["origin"]) == (False, False)


def test_the_client_makes_no_token_of_what_a_foreign_issuer_signs_with_another_key(client, abroad):
    _, there = abroad
    ticket = client("ticket", served=there.served.hex(), round=there.manifest.id)
    other = client("foreign_issuer")["issuer"]
    request = ticket["request"][:6] + "00" + ticket["request"][8:]  # below every modulus
    issued = client("foreign_issue", issuer=other, request=request)
    made = client("redeem", served=there.served.hex(), round=there.manifest.id, ticket=ticket, answer=issued["answer"])
    assert made["error"] == "BadSignature"


@pytest.mark.parametrize("status", Status)
def test_what_a_foreign_sealer_seals_the_tally_opens(client, spring, status):
    ticket = spring.member().ticket
    nonce = hashlib.sha256(ticket.secret).digest()
    plaintext = ticket.secret + (513).to_bytes(2) + bytes([status]) + spring.record
    sealed = _foreign_seal(client, spring, nonce, plaintext)
    assert len(sealed) == spring.sealed_length
    opened = spring.sealing.open(sealed, spring.manifest.id_bytes, nonce)
    assert opened == Response(ticket.secret, 513, status, spring.record)


@pytest.mark.parametrize("wrong", ["label", "round", "nonce", "secret"])
def test_what_a_foreign_sealer_binds_to_something_else_the_tally_does_not_open(client, spring, autumn, wrong):
    secret = secrets.token_bytes(32)
    nonce = hashlib.sha256(secret).digest()
    inside = secrets.token_bytes(32) if wrong == "secret" else secret
    sealed = _foreign_seal(
        client,
        spring,
        bytes(32) if wrong == "nonce" else nonce,
        inside + b"\0\1\0" + spring.record,
        label="subrosa/response/v2" if wrong == "label" else LABEL,
        round=(autumn if wrong == "round" else spring).manifest.id,
    )
    assert len(sealed) == spring.sealed_length
    with pytest.raises(Unopenable):
        spring.sealing.open(sealed, spring.manifest.id_bytes, nonce)


def _foreign_seal(client, here, nonce: bytes, plaintext: bytes, **changes: str) -> bytes:
    asked = {
        "sealing_key": here.manifest.sealing_key.hex(),
        "label": LABEL,
        "round": here.manifest.id,
        "nonce": nonce.hex(),
        "plaintext": plaintext.hex(),
    }
    return bytes.fromhex(client("foreign_seal", **(asked | changes))["sealed"])


@pytest.mark.parametrize("sealer", ["browser", "bulk"])
def test_what_we_seal_opens_with_foreign_libraries(client, spring, sealer):
    ticket = spring.member().ticket
    record = encode(spring.manifest.form, {"team": "red", "mood": 5})
    asked = {
        "served": spring.served.hex(),
        "round": spring.manifest.id,
        "secret": ticket.secret.hex(),
        "revision": 3,
        "status": int(Status.ANSWERS),
        "record": record.hex(),
    }
    bulk = seal(spring.manifest, ticket, 3, Status.ANSWERS, record).hex()
    opened = client(
        "foreign_open",
        seed=spring.sealing.to_seed().hex(),
        round=spring.manifest.id,
        nonce=hashlib.sha256(ticket.secret).hexdigest(),
        sealed=bulk if sealer == "bulk" else client("seal", **asked)["sealed"],
    )
    assert bytes.fromhex(opened["plaintext"]) == ticket.secret + b"\0\3" + b"\0" + record
