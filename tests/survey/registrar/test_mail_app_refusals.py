"""Requests for mail that are refused: by whom, in what form, from where and when."""

import io
import json
from datetime import timedelta

import pytest
from a_round import CLOSES, OPENS
from mail_worlds import ANA, new_request, refused

from survey.registrar.app import create_app
from survey.registrar.codes import hash_code, new_code


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
