"""An intake in this process, and what a client of it does and sees."""

import json
from dataclasses import dataclass

from survey.intake.box import BallotBox


@dataclass
class Desk:
    """An intake and what a client of it does."""

    app: object
    box: BallotBox

    def put(self, round_, header, body, revision="1", round_id=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if header is not None:
            headers["Authorization"] = header
        if revision is not None:
            headers["Subrosa-Revision"] = str(revision)
        url = f"/v1/rounds/{round_id or round_.manifest.id}/response"
        return self.app.test_client().put(url, data=body, headers=headers)

    def stored(self, round_):
        return list(self.box.ballots(round_.manifest.id_bytes))


def whole(answer):
    """Everything an observer sees of an answer."""
    return answer.status_code, sorted(answer.headers.items()), answer.data


def refusal(answer, status, name, *secrets):
    assert (answer.status_code, json.loads(answer.data)["type"]) == (status, f"urn:subrosa:problem:{name}")
    shown = answer.data + str(answer.headers).encode()
    for secret in secrets:
        assert secret not in shown
        assert secret.hex().encode() not in shown
