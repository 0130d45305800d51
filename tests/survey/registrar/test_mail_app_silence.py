"""What is told on the way from an address to a pass: nothing, in replies, mails, logs and files."""

import base64
import logging

import pytest
from a_round import rows
from mail_worlds import ANA, name_of, new_request, wrong

from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_desk import (
    MAILS_PER_ASKER,
)
from survey.registrar.pending import ATTEMPTS


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


def test_without_a_cap_nothing_of_the_domain_is_kept(world):
    registrar, round_ = world()
    assert registrar.token(round_, *registrar.mailed(round_, ANA)).status_code == 200
    assert rows(registrar.database, "SELECT domain_hash FROM mail_passes") == [(bytes(32),)]


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
