"""An intake whose box is full, fails or is away: it refuses, loses nothing and repeats nothing."""

import json
import logging

from intake_desks import Desk, refusal
from sqlalchemy.exc import OperationalError

from survey.intake.app import create_app
from survey.intake.box import BallotBox
from survey.tokens import authorization


def test_a_box_that_cannot_grow_refuses_and_loses_nothing(desk, spring, caplog):
    with desk.box._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")
    taken, refused = [], None
    while refused is None and len(taken) < 50:
        one = spring.member()
        answer = desk.put(spring, authorization(one.token), spring.seal(one))
        if answer.status_code == 201:
            taken.append(one)
        else:
            refused = one
            refusal(answer, 503, "storage", one.token.nonce)
    assert taken
    assert refused is not None
    assert [row[0] for row in desk.stored(spring)] == sorted(one.token.nonce for one in taken)
    assert refused.token.nonce.hex() not in caplog.text
    # A change has the length of what it replaces, so that it finds room in a full box too.
    changing, newer = authorization(taken[0].token), spring.seal(taken[0], revision=2)
    assert desk.put(spring, changing, newer, 2).status_code == 200
    assert sorted(row[1] for row in desk.stored(spring)) == [*[1] * (len(taken) - 1), 2]
    with desk.box._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert desk.put(spring, authorization(refused.token), spring.seal(refused)).status_code == 201


def test_no_answer_and_no_log_line_repeats_what_was_sent(desk, spring, member, header, monkeypatch, caplog):
    def fail(*_given, **_named):
        raise RuntimeError(f"marked {member.token.nonce.hex()}")

    sealed = spring.seal(member)
    monkeypatch.setattr(BallotBox, "putting", fail)
    with caplog.at_level(logging.DEBUG):
        answer = desk.put(spring, header, sealed, User_Agent="marked-agent")
    refusal(answer, 500, "fault", member.token.nonce, member.token.authenticator, sealed, b"marked")
    assert "marked" not in caplog.text
    assert header not in caplog.text


def test_a_commit_whose_end_nobody_heard_is_not_called_undone_and_the_same_again_counts_once(
    desk, spring, member, header, monkeypatch
):
    def unheard(box, submission):
        putting(box, submission)()
        raise OperationalError("COMMIT", {}, Exception())

    sealed, putting = spring.seal(member), BallotBox.putting
    with monkeypatch.context() as patched:
        patched.setattr(BallotBox, "putting", unheard)
        answer = desk.put(spring, header, sealed)
    refusal(answer, 503, "storage", member.token.nonce)
    detail = json.loads(answer.data)["detail"]
    assert "nothing was" not in detail
    assert "not known whether it was stored; send the same again in a few minutes: it counts once." in detail
    assert len(desk.stored(spring)) == 1
    assert desk.put(spring, header, sealed).status_code == 200
    assert len(desk.stored(spring)) == 1


def test_a_database_server_that_is_away_is_503_and_comes_back_by_itself(
    postgres, database, rounds, clock, spring, member, header, caplog
):
    box = BallotBox.open(database)
    box.tell_outages()
    desk, sealed = Desk(create_app(rounds, box, clock), box), spring.seal(member)
    postgres.stop()
    try:
        for _ in range(3):
            answer = desk.put(spring, header, sealed)
            refusal(answer, 503, "storage", member.token.nonce, database.query["host"].encode())
    finally:
        postgres.start()
    gone = "The intake's database does not answer; it goes on by itself when it is back."
    said = [record for record in caplog.records if record.name == "subrosa"]
    assert [record.message for record in said] == [gone]  # once, however many ask
    assert desk.put(spring, header, sealed).status_code == 201
    assert desk.put(spring, header, sealed).status_code == 200
    said = [record for record in caplog.records if record.name == "subrosa"]
    assert [record.message for record in said] == [gone, "The intake's database answers again."]
    box.release()
