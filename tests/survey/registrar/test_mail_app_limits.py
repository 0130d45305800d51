"""How many mails there are, and how many passes: an address, an asker, a source, a domain, and in all."""

from datetime import timedelta

from mail_worlds import ANA, new_request, refused

from survey.registrar import mail_desk
from survey.registrar.mail_desk import (
    MAILS_PER_ADDRESS,
    MAILS_PER_ASKER,
    REQUESTS_PER_SOURCE,
)
from survey.registrar.pending import VALID_FOR
from survey.respondent.ticket import new_ticket
from survey.sources import read_proxy


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


def test_mails_are_bounded_in_all_where_nobody_knows_the_source(world, monkeypatch):
    monkeypatch.setattr(mail_desk, "REQUESTS_IN_ALL", 2 * REQUESTS_PER_SOURCE)  # or it would take two thousand
    registrar, round_ = world()
    for number in range(mail_desk.REQUESTS_IN_ALL):
        assert registrar.ask(round_, f"person{number}@society.example").status_code == 202
        registrar.desk.mail_next()
    refused(registrar.ask(round_, ANA), 429, "too-many")
    registrar.clock.time += timedelta(hours=1)
    assert registrar.ask(round_, ANA).status_code == 202


def test_no_more_mails_wait_than_can(world, monkeypatch):
    most = 2 * REQUESTS_PER_SOURCE
    monkeypatch.setattr(mail_desk, "MOST_WAITING", most)
    registrar, round_ = world()
    requests = [new_request() for _ in range(most + 1)]
    answers = [registrar.ask(round_, f"p{n}@a.example", request).status_code for n, request in enumerate(requests)]
    assert answers == [202] * most + [429]
    for _ in range(most):
        registrar.desk.mail_next()
    # Nothing was kept of the one that was refused, so that it can be made again and is mailed then.
    assert registrar.ask(round_, f"p{most}@a.example", requests[-1]).status_code == 202
    registrar.desk.mail_next()
    assert registrar.post.sent[-1][0] == f"p{most}@a.example"


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
