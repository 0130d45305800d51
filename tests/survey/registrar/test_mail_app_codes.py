"""Mailed codes: whose they are, how often they can be guessed at, and when they end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from mail_worlds import ANA, name_of, new_request, refused, wrong

from survey.registrar.pending import ATTEMPTS, VALID_FOR
from survey.respondent.ticket import new_ticket


def test_a_code_may_be_typed_in_two_groups(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    assert registrar.token(round_, request, f"{code[:4]} {code[4:]}").status_code == 200


def test_a_code_belongs_to_its_open_request_and_its_round(world, spring):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    other, other_code = registrar.mailed(round_, "ben@society.example")
    if code != other_code:
        refused(registrar.token(round_, other, code), 401, "wrong-mail-code")
    refused(registrar.token(round_, new_request(), code), 401, "mail-code-over")
    refused(registrar.token(spring, request, code), 403, "no-mail")
    assert registrar.token(round_, request, code).status_code == 200


def test_a_request_keeps_its_address(world):
    registrar, round_ = world()
    request = new_request()
    assert registrar.ask(round_, ANA, request).status_code == 202
    refused(registrar.ask(round_, "ben@society.example", request), 409, "other-address", request)
    registrar.desk.mail_next()
    assert [to for to, _, _ in registrar.post.sent] == [ANA]
    assert registrar.token(round_, request, registrar.post.code).status_code == 200


def test_a_code_can_be_guessed_at_five_times_and_then_no_longer_given(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    for _ in range(ATTEMPTS):
        refused(registrar.token(round_, request, wrong(code)), 401, "wrong-mail-code", request, code)
    for digits in (wrong(code), code):
        refused(registrar.token(round_, request, digits), 401, "mail-code-over", request, code)
    assert registrar.register.passes.counts(round_.manifest.id_bytes).passes == 0


def test_the_last_attempt_may_be_the_right_one(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    for _ in range(ATTEMPTS - 1):
        registrar.token(round_, request, wrong(code))
    assert registrar.token(round_, request, code).status_code == 200


def test_guesses_at_once_are_counted_like_guesses_one_by_one(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: name_of(registrar.token(round_, request, wrong(code))), range(24)))
    assert answers.count("wrong-mail-code") == ATTEMPTS
    assert answers.count("mail-code-over") == 24 - ATTEMPTS


def test_a_code_expires_after_a_quarter_of_an_hour(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    registrar.clock.time += VALID_FOR - timedelta(seconds=1)
    assert registrar.token(round_, request, code, ticket).status_code == 200
    registrar.clock.time += timedelta(seconds=1)
    refused(registrar.token(round_, request, code, ticket), 401, "mail-code-over")
    assert registrar.desk._pending._requests == {}


def test_what_has_expired_is_forgotten_without_another_request(world):
    registrar, round_ = world()
    request = new_request()
    assert registrar.ask(round_, ANA, request, sender="203.0.113.7").status_code == 202
    registrar.desk.mail_next()
    desk = registrar.desk
    limits = (desk._per_address, desk._per_asker, desk._per_source, desk._in_all)
    held = [desk._pending._requests, *(limit._times for limit in limits)]
    assert [len(each) for each in held] == [1] * 5
    registrar.clock.time += VALID_FOR
    desk.forget_old()
    assert [len(each) for each in held] == [0, 1, 1, 1, 1]
    registrar.clock.time += timedelta(hours=1)
    desk.forget_old()
    assert [len(each) for each in held] == [0] * 5


def test_what_is_no_code_costs_no_attempt(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    for digits in ("", "1", code[:-1], code + "0", "abcdefgh", "١٢٣٤٥٦٧٨", f"{code}:{code}"):
        assert name_of(registrar.token(round_, request, digits)) == "wrong-mail-code"
    for name in ("", "x", request[:-1], f"{request}A", f"{request[:-1]}="):
        assert name_of(registrar.token(round_, name, code)) == "mail-code-over"
    assert registrar.token(round_, request, code).status_code == 200
