"""Submissions that a server begins before it reads any answer are stored together, each answered for itself."""

import io
import json

import pytest
from werkzeug.test import EnvironBuilder

import survey.intake.box
from survey.intake.app import create_app
from survey.intake.box import BallotBox
from survey.tokens import TokenKey, authorization


@pytest.fixture
def box(tmp_path):
    return BallotBox.open(tmp_path / "intake.sqlite")


@pytest.fixture
def begin(rounds, clock, box):
    """Hand in as a server does, in two steps: what it returns reads the answer, as (status, problem)."""
    app = create_app(rounds, box, clock)

    def begun(round_, member, sealed, revision=1):
        headers = {"Authorization": authorization(member.token), "Subrosa-Revision": str(revision)}
        path = f"/v1/rounds/{round_.manifest.id}/response"
        environ = EnvironBuilder(path, method="PUT", input_stream=io.BytesIO(sealed), headers=headers).get_environ()
        environ["CONTENT_LENGTH"], said = str(len(sealed)), []
        pieces = app.wsgi_app(environ, lambda status, _headers, _fault=None: said.append(status))

        def answer():
            body = b"".join(pieces)
            return int(said[0][:3]), json.loads(body)["type"].rpartition(":")[2] if body else ""

        return answer

    return begun


def test_what_is_begun_together_is_stored_by_one_commit_and_answered_one_by_one(begin, box, spring, monkeypatch):
    commits, real = [], survey.intake.box.run_beside
    monkeypatch.setattr(survey.intake.box, "run_beside", lambda *given: commits.append(len(given[2])) or real(*given))
    members = [spring.member() for _ in range(4)]
    sealed = [spring.seal(member) for member in members]
    answers = [begin(spring, member, one) for member, one in zip(members, sealed, strict=True)]
    answers += [begin(spring, members[0], sealed[0]), begin(spring, members[1], sealed[0])]
    assert box.count(spring.manifest.id_bytes) == 0
    assert [answer() for answer in answers] == [(201, "")] * 4 + [(200, ""), (409, "revision-taken")]
    assert commits == [4]


def test_a_box_that_is_closed_between_the_two_steps_takes_nothing(begin, box, spring, monkeypatch):
    checked, real, one = [], TokenKey.verifies, spring.member()
    monkeypatch.setattr(TokenKey, "verifies", lambda key, *given: checked.append(1) or real(key, *given))
    answer = begin(spring, one, spring.seal(one))
    box.close(spring.manifest.id_bytes)
    assert answer() == (403, "closed")
    assert (len(checked), box.count(spring.manifest.id_bytes)) == (1, 0)


def test_a_store_that_fails_is_told_to_each_whose_work_it_was(begin, spring, monkeypatch):
    def fail(*_given):
        raise RuntimeError

    monkeypatch.setattr(survey.intake.box, "run_beside", fail)
    members = [spring.member() for _ in range(2)]
    answers = [begin(spring, member, spring.seal(member)) for member in members]
    assert [answer() for answer in answers] == [(500, "fault")] * 2
