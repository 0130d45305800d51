"""Codes by mail over HTTP: from an address to one pass, with every reply lost, and nothing told on the way."""

import base64
import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS, rows
from mail_worlds import name_of, new_request, wrong

from survey.registrar.app import create_app
from survey.registrar.codes import hash_code, new_code
from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_desk import (
    MAILS_PER_ADDRESS,
    MAILS_PER_ASKER,
    MOST_WAITING,
    REQUESTS_IN_ALL,
    REQUESTS_PER_SOURCE,
)
from survey.registrar.passes import MailCounts
from survey.registrar.pending import ATTEMPTS, VALID_FOR
from survey.respondent.ticket import new_ticket, redeem
from survey.sources import read_proxy

ANA = "ana.marked@society.example"


def refused(answer, status, name, *secret):
    assert (answer.status_code, name_of(answer)) == (status, name)
    assert answer.content_type == "application/problem+json"
    assert not any(text.encode() in answer.data for text in secret)


def test_a_mailed_code_gives_a_token_of_the_round(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    ticket = new_ticket(round_.manifest)
    answer = registrar.token(round_, request, code, ticket)
    assert (answer.status_code, answer.content_type) == (200, "application/private-token-response")
    token = redeem(round_.manifest, ticket, answer.data)
    assert round_.manifest.verifier.accepts(token.nonce, token.authenticator)
    assert registrar.register.passes.counts(round_.manifest.id_bytes) == MailCounts(1, 0)


def test_the_mail_is_neutral_and_names_no_society_topic_or_link(world):
    registrar, round_ = world()
    registrar.mailed(round_, ANA)
    ((to, subject, body),) = registrar.post.sent
    assert (to, subject) == (ANA, "Your code")
    assert "15 minutes" in body
    assert "Tu código" in body
    text = (subject + body).lower()
    for word in ("http", "://", "www", "survey", "society", "round", round_.manifest.id, "small form", "example"):
        assert word not in text


def test_a_code_may_be_typed_in_two_groups(world):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    assert registrar.token(round_, request, f"{code[:4]} {code[4:]}").status_code == 200


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


def everything(answer):
    return answer.status_code, sorted(answer.headers), answer.data


def test_the_reply_is_the_same_for_seen_unseen_used_and_strange_addresses(world):
    registrar, round_ = world(members_only=True)
    key = registrar.keys[round_.manifest.id]
    members = [f"member{n}@society.example" for n in range(4)]
    hashes = [key.address_hash(round_.manifest.id_bytes, read_address(member)) for member in members]
    registrar.register.passes.add_members(round_.manifest.id_bytes, hashes)
    used, seen, over, unseen = members
    assert registrar.token(round_, *registrar.mailed(round_, used)).status_code == 200
    registrar.mailed(round_, seen)
    for _ in range(MAILS_PER_ASKER):
        registrar.mailed(round_, over)
    mails = len(registrar.post.sent)

    asked = {name: (new_request(), name) for name in (used, seen, over, unseen, "stranger@society.example")}
    answers = [registrar.ask(round_, address, request) for request, address in asked.values()]
    for _ in asked:
        registrar.desk.mail_next()

    assert {str(everything(answer)) for answer in answers} == {str(everything(answers[0]))}
    assert everything(answers[0])[0::2] == (202, b"")
    assert [to for to, _, _ in registrar.post.sent[mails:]] == [used, seen, unseen]  # and only the mailbox can tell
    for request, _ in asked.values():
        guesses = [name_of(registrar.token(round_, request, f"{guess:08d}")) for guess in range(ATTEMPTS + 1)]
        assert guesses == ["wrong-mail-code"] * ATTEMPTS + ["mail-code-over"]


def test_a_request_is_answered_without_looking_anything_up(world, monkeypatch):
    """What takes time on disk would show in the time of the answer."""
    registrar, round_ = world(members_only=True, per_domain=1)
    for method in ("is_member", "grant", "counts"):
        monkeypatch.setattr(type(registrar.register.passes), method, lambda *_: pytest.fail("looked up"))
    assert registrar.ask(round_, ANA).status_code == 202


def test_a_mail_that_cannot_be_sent_says_only_so(world, caplog):
    registrar, round_ = world()
    registrar.post.fault = RuntimeError(f"no such mailbox {ANA}")
    with caplog.at_level(logging.DEBUG):
        assert registrar.ask(round_, ANA).status_code == 202
        registrar.desk.mail_next()
    assert [r.getMessage() for r in caplog.records if r.name == "subrosa"] == ["A mail could not be sent: RuntimeError"]
    assert "marked" not in caplog.text
    assert not any(record.exc_info for record in caplog.records)
    registrar.post.fault = None
    assert registrar.token(round_, *registrar.mailed(round_, ANA)).status_code == 200


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


@pytest.mark.parametrize(
    "address",
    [
        "", "ana", "@society.example", "ana@", "ana@society", "a b@society.example", "ána@society.example",
        "ana@soc iety.example", "ana@-a.example", '"ana"@society.example', "ana@[127.0.0.1]", "ana@a@b.example",
        "ana@society.example\nBcc: ben@society.example", "ana\r\nDATA@society.example", "ana\0@society.example",
        ".ana@society.example", "ana.@society.example", "a..b@society.example", "+tag@society.example",
        "anna+x%evil.test@society.example", "evil.test!ana@society.example", "-fana@society.example",
        "`id`@society.example", "/etc/passwd@society.example", "=?utf-8?q?Win_100?=@society.example",
        "victim+=?utf-8?q?a=40b.example?=@society.example", "a=b@society.example", "ana.+x@society.example",
        "-@society.example", "|sh@society.example", "root@127.0.0.1", "root@[::1]", "root@localhost.localdomain",
        "root@mail.local", "root@mail.localhost", "ana@ς.example", "ana@fa\U0001d6d3.example",
        "a" * 65 + "@society.example", "ana@" + "a" * 64 + ".example", "<ana@society.example>", "ana@straße.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(world, address):
    registrar, round_ = world()
    refused(registrar.ask(round_, address), 422, "bad-address")
    assert registrar.desk._waiting.empty()


@pytest.mark.parametrize(
    "kind", [None, "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "text/plain, application/json"]
)
def test_what_another_sites_page_may_send_without_asking_is_refused(world, kind):
    registrar, round_ = world()
    refused(registrar.ask(round_, ANA, content_type=kind), 422, "bad-mail-request", ANA)
    assert registrar.desk._waiting.empty()
    assert registrar.ask(round_, ANA, content_type="application/json; charset=utf-8").status_code == 202


@pytest.mark.parametrize("origin", [None, "https://site.example"])
def test_and_a_browser_that_asks_for_another_site_is_told_no(world, origin):
    registrar, round_ = world()
    parts = (registrar.rounds, registrar.register, registrar.issuers.get, registrar.clock, origin, registrar.mail)
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = create_app(*parts).test_client().options(f"/v1/rounds/{round_.manifest.id}/mail-request", headers=asked)
    # A browser sends the request only if this is the page's own origin, or a star.
    assert answer.headers.get("Access-Control-Allow-Origin") == origin
    assert registrar.desk._waiting.empty()


@pytest.mark.parametrize("address", ["ana@münchen.example", "ANA@MÜNCHEN.EXAMPLE", "ana@xn--mnchen-3ya.example"])
def test_a_domain_in_any_script_is_one_domain(world, address):
    registrar, round_ = world(domains=("xn--mnchen-3ya.example",))
    assert registrar.ask(round_, address).status_code == 202


def test_other_domains_and_free_providers_are_refused_where_the_promise_says_so(world):
    registrar, round_ = world(domains=("a.example", "gmail.com"), free_mail=False)
    assert registrar.ask(round_, "ana@a.example").status_code == 202
    for address in ("ana@b.example", "ana@sub.a.example", "ana@aa.example"):
        refused(registrar.ask(round_, address), 403, "other-domain", address)
    refused(registrar.ask(round_, "ana@Gmail.com"), 403, "free-mail", "ana")


def test_free_providers_are_taken_unless_the_promise_says_otherwise(world):
    registrar, round_ = world()
    assert registrar.ask(round_, "ana@gmail.com").status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"[]", b"null", b"{}", b"[" * 900, b"\xff",
        {"request": "short", "address": ANA}, {"request": "A" * 22}, {"address": ANA},
        {"request": "A" * 22, "address": 1}, {"request": 1, "address": ANA},
        {"request": "A" * 21 + "B", "address": ANA}, {"request": "A" * 22, "address": ANA, "more": "x"},
        {"request": "A" * 21 + "+", "address": ANA}, {"request": None, "address": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_request_for_mail_is_refused(world, body):
    registrar, round_ = world()
    data = body if isinstance(body, bytes) else json.dumps(body)
    refused(registrar.ask(round_, None, data=data), 422, "bad-mail-request", "marked")


def test_a_request_for_mail_over_a_kilobyte_is_refused_unread(world):
    registrar, round_ = world()
    refused(registrar.ask(round_, "a" * 1100), 413, "too-large")


def test_a_request_for_mail_in_chunks_is_held_to_the_same_kilobyte(world):
    registrar, round_ = world()
    url = f"/v1/rounds/{round_.manifest.id}/mail-request"
    for padding, status in ((0, 202), (1100, 413)):
        body = json.dumps({"request": new_request(), "address": ANA}).encode() + b" " * padding
        chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        client = registrar.app.test_client()
        how = {"environ_base": chunked, "content_length": None, "content_type": "application/json"}
        answer = client.post(url, input_stream=io.BytesIO(body), **how)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("moment", "name"), [(OPENS - timedelta(seconds=1), "not-yet-open"), (CLOSES, "closed")], ids=str
)
def test_no_mail_before_opening_and_from_closing_on(world, moment, name):
    registrar, round_ = world()
    request, code = registrar.mailed(round_, ANA)
    registrar.clock.time = moment
    refused(registrar.ask(round_, ANA), 403, name)
    refused(registrar.token(round_, request, code), 403, name)


def test_no_mail_once_the_keys_are_lost_or_destroyed_and_none_for_a_round_without(world, spring):
    registrar, round_ = world()
    refused(registrar.ask(spring, ANA), 403, "no-mail")
    registrar.keys.clear()
    refused(registrar.ask(round_, ANA), 503, "storage")
    registrar.register.close(round_.manifest.id_bytes)
    refused(registrar.ask(round_, ANA), 403, "closed")


def test_a_round_by_mail_alone_takes_no_codes(world):
    registrar, round_ = world()
    code = new_code()
    registrar.register.add(round_.manifest.id_bytes, [hash_code(code, round_.manifest.id_bytes)])
    refused(registrar.token_for(round_, f"Bearer {code}"), 403, "no-codes", code)
    assert registrar.register.counts(round_.manifest.id_bytes).spent == 0


def test_a_round_may_take_both(world):
    registrar, round_ = world(codes=True)
    code = new_code()
    registrar.register.add(round_.manifest.id_bytes, [hash_code(code, round_.manifest.id_bytes)])
    assert registrar.token_for(round_, f"Bearer {code}").status_code == 200
    assert registrar.token(round_, *registrar.mailed(round_, ANA)).status_code == 200


def test_an_address_is_mailed_six_times_an_hour_whoever_asks(world):
    registrar, round_ = world()
    for number in range(2 * MAILS_PER_ADDRESS):
        spelling, sender = f"Ana.Marked+{number}@society.example", f"203.0.113.{number}"
        assert registrar.ask(round_, spelling, sender=sender).status_code == 202
        registrar.desk.mail_next()
    assert len(registrar.post.sent) == MAILS_PER_ADDRESS
    registrar.clock.time += timedelta(hours=1)
    registrar.mailed(round_, ANA)
    assert len(registrar.post.sent) == MAILS_PER_ADDRESS + 1


def test_one_asker_does_not_use_up_what_an_address_may_get(world):
    registrar, round_ = world()
    for number in range(REQUESTS_PER_SOURCE):
        assert registrar.ask(round_, f"ana.marked+{number}@society.example", sender="203.0.113.9").status_code == 202
        registrar.desk.mail_next()
    assert len(registrar.post.sent) == MAILS_PER_ASKER
    registrar.mailed(round_, ANA, sender="203.0.113.7")  # she herself, from elsewhere
    registrar.mailed(round_, "ben@society.example", sender="198.51.100.9")  # and others from there


def test_all_whose_source_nobody_knows_are_one_asker(world):
    registrar, round_ = world()
    for _ in range(2 * MAILS_PER_ADDRESS):
        assert registrar.ask(round_, ANA).status_code == 202
        registrar.desk.mail_next()
    assert len(registrar.post.sent) == MAILS_PER_ASKER
    registrar.mailed(round_, ANA, sender="203.0.113.7")


def test_a_source_asks_thirty_times_an_hour_whatever_address_it_gives(world):
    registrar, round_ = world()

    def ask(number, sender, **how):
        return registrar.ask(round_, f"person{number}@society.example", sender=sender, **how).status_code

    assert [ask(n, "203.0.113.7") for n in range(REQUESTS_PER_SOURCE)] == [202] * REQUESTS_PER_SOURCE
    refused(registrar.ask(round_, ANA, sender="203.0.113.7"), 429, "too-many", ANA, "203")
    assert ask(90, "198.51.100.9, 203.0.113.7") == 429  # the proxy's own word is the last
    assert ask(91, "203.0.113.7, 203.0.113.8") == 202
    assert ask(92, "", remote="203.0.113.7") == 429
    assert ask(93, "203.0.113.9", remote="203.0.113.7") == 429  # nobody else is believed
    registrar.clock.time += timedelta(hours=1)
    assert ask(94, "203.0.113.7") == 202


def test_a_proxy_outside_the_container_tells_the_sources_apart_and_nobody_else_does(world):
    registrar, round_ = world()
    registrar.proxy = read_proxy("172.18.0.1")
    registrar.restart()

    def ask(number, sender, remote="172.18.0.1"):
        return registrar.ask(round_, f"person{number}@society.example", sender=sender, remote=remote).status_code

    assert [ask(n, "203.0.113.7") for n in range(REQUESTS_PER_SOURCE)] == [202] * REQUESTS_PER_SOURCE
    assert ask(90, "203.0.113.7") == 429
    assert ask(91, "198.51.100.1") == 202
    assert [ask(100 + n, f"198.51.100.{n}", "172.18.0.2") for n in range(REQUESTS_PER_SOURCE + 1)][-1] == 429


def test_a_repeated_request_does_not_count_against_its_source(world):
    registrar, round_ = world()
    request = new_request()
    for _ in range(3 * REQUESTS_PER_SOURCE):
        assert registrar.ask(round_, ANA, request, sender="203.0.113.7").status_code == 202


def test_mails_are_bounded_in_all_where_nobody_knows_the_source(world):
    registrar, round_ = world()
    for number in range(REQUESTS_IN_ALL):
        assert registrar.ask(round_, f"person{number}@society.example").status_code == 202
        registrar.desk.mail_next()
    refused(registrar.ask(round_, ANA), 429, "too-many")
    registrar.clock.time += timedelta(hours=1)
    assert registrar.ask(round_, ANA).status_code == 202


def test_no_more_mails_wait_than_can(world):
    registrar, round_ = world()
    requests = [new_request() for _ in range(MOST_WAITING + 1)]
    answers = [registrar.ask(round_, f"p{n}@a.example", request).status_code for n, request in enumerate(requests)]
    assert answers == [202] * MOST_WAITING + [429]
    for _ in range(MOST_WAITING):
        registrar.desk.mail_next()
    # Nothing was kept of the one that was refused, so that it can be made again and is mailed then.
    assert registrar.ask(round_, f"p{MOST_WAITING}@a.example", requests[-1]).status_code == 202
    registrar.desk.mail_next()
    assert registrar.post.sent[-1][0] == f"p{MOST_WAITING}@a.example"


def test_no_more_requests_are_open_than_can(world):
    registrar, round_ = world()
    registrar.desk._pending._most = 5
    for number in range(5):
        registrar.mailed(round_, f"p{number}@a.example")
    refused(registrar.ask(round_, ANA), 429, "too-many")
    registrar.clock.time += VALID_FOR
    assert registrar.ask(round_, ANA).status_code == 202


def test_a_domain_gets_as_many_passes_as_the_promise_says(world):
    registrar, round_ = world(per_domain=2)
    tickets = [new_ticket(round_.manifest) for _ in range(2)]
    held = [registrar.mailed(round_, f"p{n}@a.example") for n in range(3)]
    for ticket, (request, code) in zip(tickets, held, strict=False):
        assert registrar.token(round_, request, code, ticket).status_code == 200
    refused(registrar.token(round_, *held[2]), 403, "domain-full")
    assert registrar.token(round_, *held[0], tickets[0]).status_code == 200  # a lost reply is no new pass
    assert registrar.token(round_, *registrar.mailed(round_, "p9@b.example")).status_code == 200
    assert registrar.register.passes.counts(round_.manifest.id_bytes).passes == 3


def test_without_a_cap_nothing_of_the_domain_is_kept(world):
    registrar, round_ = world()
    assert registrar.token(round_, *registrar.mailed(round_, ANA)).status_code == 200
    assert rows(registrar.database, "SELECT domain_hash FROM mail_passes") == [(bytes(32),)]


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


def test_no_answer_log_or_file_repeats_an_address_a_code_or_a_source(world, caplog, tmp_path):
    registrar, round_ = world(per_domain=5)
    with caplog.at_level(logging.DEBUG):
        request, code = registrar.mailed(round_, ANA)
        answers = [
            registrar.ask(round_, ANA, request, sender="203.0.113.7"),
            registrar.ask(round_, "ben.marked@society.example", request, sender="203.0.113.7"),
            registrar.token(round_, request, wrong(code)),
            registrar.token(round_, request, code),
        ]
    raw = base64.urlsafe_b64decode(request + "==")
    secrets_ = [b"marked", b"society.example", code.encode(), request.encode(), raw, b"203.0.113.7"]
    said = [answer.data + str(answer.headers).encode() for answer in answers]
    files = [path.read_bytes() for path in tmp_path.glob("registrar.sqlite*")]
    for mark in secrets_:
        assert not any(mark in content for content in (*said, *files))
    assert code not in caplog.text
    assert "marked" not in caplog.text
    assert "203.0.113.7" not in caplog.text
    assert "marked" not in repr(registrar.desk) + repr(registrar.desk._pending._requests)
