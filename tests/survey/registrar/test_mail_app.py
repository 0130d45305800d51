"""Codes by mail over HTTP: from an address to one pass, with every reply lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from a_round import rows
from mail_worlds import ANA, new_request, refused

from survey.registrar.codes import hash_code, new_code
from survey.registrar.passes import MailCounts
from survey.respondent.ticket import new_ticket, redeem


def test_a_mailed_code_gives_a_token_of_the_round(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    answer = registrar.token(round_, request, code, ticket)
    assert (answer.status_code, answer.content_type) == (200, "application/private-token-response")
    token = redeem(round_.manifest, ticket, answer.data)
    assert round_.manifest.verifier.accepts(token.nonce, token.authenticator)
    assert registrar.register.passes.counts(round_.manifest.id_bytes) == MailCounts(1, 0)


def test_a_lost_reply_is_asked_for_again_and_sends_no_second_mail(world):
    registrar, round_ = world()
    request = new_request()
    answers = [registrar.ask(round_, ANA, request) for _ in range(4)]
    registrar.desk.mail_next()
    answers.append(registrar.ask(round_, ANA, request))
    assert {(a.status_code, a.data, tuple(a.headers)) for a in answers} == {(202, b"", tuple(answers[0].headers))}
    assert registrar.desk._waiting.empty()
    assert len(registrar.post.sent) == 1


def test_a_lost_token_is_asked_for_again_and_is_the_same(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    answers = {registrar.token(round_, request, code, ticket).data for _ in range(3)}
    assert len(answers) == 1
    assert registrar.register.passes.counts(round_.manifest.id_bytes).passes == 1


def test_a_lost_token_is_had_again_with_a_fresh_code_after_a_restart(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    first = registrar.token(round_, request, code, ticket)
    registrar.restart()
    refused(registrar.token(round_, request, code, ticket), 401, "mail-code-over", request, code)
    request, code = registrar.mailed(round_, ANA)
    assert registrar.token(round_, request, code, ticket).data == first.data


def test_an_address_gets_one_pass_however_it_is_written(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    assert registrar.token(round_, request, code).status_code == 200
    for spelling in (ANA, "Ana.Marked@Society.Example", "ana.marked+again@society.example"):
        registrar.clock.time += timedelta(hours=1)
        request, code = registrar.mailed(round_, spelling)
        assert registrar.post.sent[-1][0] == ANA
        refused(registrar.token(round_, request, code), 409, "used-address", request, code, spelling)
    assert registrar.register.passes.counts(round_.manifest.id_bytes).passes == 1


def test_the_background_threads_outlive_a_mail_that_fails(world):
    registrar, round_ = world()
    registrar.post.fault = RuntimeError("away")
    assert registrar.ask(round_, ANA).status_code == 202
    registrar.desk.mail_next()
    registrar.post.fault = None
    registrar.desk.start()
    for number in range(4):
        assert registrar.ask(round_, f"p{number}@society.example").status_code == 202
        assert registrar.post.arrived.get(timeout=30) == f"p{number}@society.example"


def test_a_round_may_take_both(world):
    registrar, round_ = world(codes=True)
    code = new_code()
    registrar.register.add(round_.manifest.id_bytes, [hash_code(code, round_.manifest.id_bytes)])
    assert registrar.token_for(round_, f"Bearer {code}").status_code == 200
    assert registrar.token(round_, *registrar.mailed(round_, ANA)).status_code == 200


def test_of_many_requests_at_once_for_one_address_one_gets_the_pass(world):
    registrar, round_ = world()
    held = [registrar.mailed(round_, ANA, f"203.0.113.{number}") for number in range(3)]
    with ThreadPoolExecutor(9) as pool:
        statuses = list(pool.map(lambda n: registrar.token(round_, *held[n % 3]).status_code, range(18)))
    assert sorted(statuses) == [200] + [409] * 17
    assert registrar.register.passes.counts(round_.manifest.id_bytes).passes == 1


def test_the_address_is_bound_on_disk_before_anything_is_signed(world):
    registrar, round_ = world()

    class LooksFirst:
        def __init__(self):
            self.seen = []

        def check(self, blinded):
            round_.issuer.check(blinded)

        def sign(self, _blinded):
            self.seen += rows(registrar.database, "SELECT blinded_hash FROM mail_passes")
            raise RuntimeError("marked")

    registrar.issuers[round_.manifest.id] = looks = LooksFirst()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    refused(registrar.token(round_, request, code, ticket), 500, "fault")
    assert len(looks.seen) == 1
    registrar.issuers[round_.manifest.id] = round_.issuer
    assert registrar.token(round_, request, code, ticket).status_code == 200
    refused(registrar.token(round_, request, code), 409, "used-address")
