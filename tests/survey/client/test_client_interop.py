"""The client and the Python side, each with what the other made, and against the real services."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from survey.forms.codec import asked, decode, encode
from survey.forms.domains import answer_ids
from survey.forms.loading import bundled, bundled_names, canonical_form, form_from_canonical
from survey.forms.model import Choices, Form, Okr, Ranking, Scale
from survey.registrar.codes import new_code
from survey.respondent.ticket import seal
from survey.sealing import Response, Status, Unopenable, sealed_length
from survey.tokens import Token, TokenRequest, nonce_of

EVERY_KIND = json.loads((Path(__file__).parents[2] / "vectors" / "records.json").read_text(encoding="utf-8"))
FORMS = [form_from_canonical(EVERY_KIND["forms"][0]["form"]), *(bundled(name) for name in bundled_names())]


def test_what_the_client_blinds_the_registrar_signs_and_the_client_makes_a_token_of_it(client, spring):
    ticket = client("ticket", served=spring.served.hex(), round=spring.manifest.id)
    request = TokenRequest.from_bytes(bytes.fromhex(ticket["request"]))
    assert request.truncated_key_id == spring.manifest.verifier.key_id[-1]
    answer = spring.issuer.sign(request.blinded_message)
    made = client("redeem", served=spring.served.hex(), round=spring.manifest.id, ticket=ticket, answer=answer.hex())
    token = Token.from_bytes(bytes.fromhex(made["token"]))
    assert spring.manifest.verifier.accepts(token.nonce, token.authenticator)
    assert token.challenge_digest == spring.manifest.verifier.challenge_digest
    assert token.key_id == spring.manifest.verifier.key_id
    assert token.nonce == nonce_of(bytes.fromhex(ticket["secret"]))


def test_a_signature_of_another_registrar_makes_no_token(client, spring, autumn):
    ticket = client("ticket", served=spring.served.hex(), round=spring.manifest.id)
    answer = autumn.issuer.sign(b"\0" + bytes.fromhex(ticket["blinded"])[1:])
    made = client("redeem", served=spring.served.hex(), round=spring.manifest.id, ticket=ticket, answer=answer.hex())
    assert made["error"] == "BadSignature"


def test_a_manifest_of_another_round_is_refused_by_the_client(client, spring, autumn):
    assert client("ticket", served=autumn.served.hex(), round=spring.manifest.id)["error"] == "ManifestMismatch"


@pytest.mark.parametrize("status", Status)
def test_what_the_client_seals_the_tally_opens(client, spring, autumn, status):
    member = spring.member()
    made = client(
        "seal",
        served=spring.served.hex(),
        round=spring.manifest.id,
        secret=member.ticket.secret.hex(),
        revision=513,
        status=int(status),
        record=spring.record.hex(),
    )
    sealed = bytes.fromhex(made["sealed"])
    assert len(sealed) == spring.sealed_length
    opened = spring.sealing.open(sealed, spring.manifest.id_bytes, member.token.nonce)
    assert opened == Response(member.ticket.secret, 513, status, spring.record)
    with pytest.raises(Unopenable):
        spring.sealing.open(sealed, autumn.manifest.id_bytes, member.token.nonce)


def test_what_python_seals_opens_with_the_clients_libraries(client, spring):
    member = spring.member()
    sealed = seal(spring.manifest, member.ticket, 2, Status.ANSWERS, spring.record)
    opened = client(
        "open",
        seed=spring.sealing.to_seed().hex(),
        sealed=sealed.hex(),
        round=spring.manifest.id,
        nonce=member.token.nonce.hex(),
    )
    expected = Response(member.ticket.secret, 2, Status.ANSWERS, spring.record)
    assert opened["plaintext"] == expected.to_bytes().hex()


def _some_answers(form: Form, chance: random.Random) -> dict[str, object]:
    """Answers to some of the questions that are asked."""
    answers: dict[str, object] = {}
    for question in form.questions:
        if question.id not in asked(form, answers) or chance.random() < 0.2:
            continue
        match question:
            case Scale():
                answers[question.id] = chance.randint(question.first, question.last)
            case Choices():
                answers[question.id] = _some_choices(question, chance)
            case Ranking():
                answers[question.id] = tuple(chance.sample(answer_ids(question), chance.randint(1, question.top)))
            case Okr():
                answers[question.id] = _some_rows(question, chance)
            case _:
                answers[question.id] = chance.choice(answer_ids(question))
    return answers


def _some_choices(question: Choices, chance: random.Random) -> tuple[str, ...]:
    alone = [option.id for option in question.options if option.alone]
    if alone and chance.random() < 0.2:
        return (chance.choice(alone),)
    others = [option.id for option in question.options if not option.alone]
    return tuple(chance.sample(others, chance.randint(1, min(question.at_most, len(others)))))


def _some_rows(question: Okr, chance: random.Random) -> tuple[tuple[str, str, str], ...]:
    pairs = [(one.id, other.id) for one in question.objectives for other in question.key_results]
    chosen = chance.sample(pairs, chance.randint(1, question.rows))
    return tuple((*pair, chance.choice(question.progress).id) for pair in chosen)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_the_same_answers_give_the_same_record_bytes_in_the_browser_and_in_bulk(client, form):
    chance = random.Random(f"records of {form.id}")
    canonical = canonical_form(form)
    for _ in range(60):
        answers = _some_answers(form, chance)
        made = client("record", form=canonical, answers=answers)
        assert made["record"] == encode(form, answers).hex()
        back = json.loads(json.dumps(dict(decode(form, encode(form, answers)))))
        assert made["again"] == back


def _respond(client, town, **more: object):
    manifest = town.round.manifest
    source = manifest.service("registrar").url
    asked_for = {"source": source, "round": manifest.id, "code": town.code(), "answers": {"team": "blue", "mood": 4}}
    return client("respond", **(asked_for | more))


def test_a_browser_respondent_goes_the_whole_way_through_the_real_services(client, town):
    made = _respond(client, town)
    secret = bytes.fromhex(made["secret"])
    ((nonce, revision, authenticator, sealed),) = town.box.ballots(town.round.manifest.id_bytes)
    assert (nonce, revision) == (hashlib.sha256(secret).digest(), 1)
    assert town.round.manifest.verifier.accepts(nonce, authenticator)
    assert len(sealed) == sealed_length(2)
    opened = town.round.sealing.open(sealed, town.round.manifest.id_bytes, nonce)
    assert opened == Response(secret, 1, Status.ANSWERS, encode(town.round.manifest.form, {"team": "blue", "mood": 4}))


def test_a_browser_respondent_can_take_her_answers_back(client, town):
    _respond(client, town, withdraw=True)
    ((nonce, revision, _, sealed),) = town.box.ballots(town.round.manifest.id_bytes)
    assert revision == 2
    opened = town.round.sealing.open(sealed, town.round.manifest.id_bytes, nonce)
    assert (opened.revision, opened.status, opened.record) == (2, Status.WITHDRAWN, bytes(2))


def test_a_used_and_a_wrong_code_are_refused_by_their_names(client, town):
    code = town.code()
    assert "secret" in _respond(client, town, code=code)
    again = _respond(client, town, code=code)
    assert (again["error"], again["message"]) == ("Refused", "used-code")
    wrong = _respond(client, town, code=new_code())
    assert (wrong["error"], wrong["message"]) == ("Refused", "wrong-code")
