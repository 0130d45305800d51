"""After a storm: what was confirmed is there once, what was never sent is not, and nobody's name is anywhere."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from crowds import Person, again_until_it_works
from societies import Society
from traces import named, traces

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import plan_of
from host.keys import read_sealing_key
from survey.registrar.codes import hash_code
from survey.respondent.services import Services
from survey.rounds.manifest import Manifest
from survey.sealing import Response, Status


def opened_box(society: Society, manifest: Manifest) -> dict[bytes, Response]:
    """What the tally would read, opened with its key: by nonce, each of them once."""
    key, box = read_sealing_key(society.house.tally_keys, manifest.sealing_key), society.house.ballot_box()
    assert box is not None
    found: dict[bytes, Response] = {}
    for nonce, revision, authenticator, sealed in box.ballots(manifest.id_bytes):
        assert nonce not in found
        assert manifest.verifier.accepts(nonce, authenticator)
        found[nonce] = key.open(sealed, manifest.id_bytes, nonce)
        assert found[nonce].revision == revision
    box.release()
    return found


def check_responses(people: Sequence[Person], stored: dict[bytes, Response]) -> None:
    """Each confirmed response is there once, as it was confirmed or as it was sent later; and nothing else is."""
    left = dict(stored)
    for person in people:
        assert person.token is not None, "a code was burnt"
        response = left.pop(person.token.nonce, None)
        if response is None:
            assert person.acknowledged == 0, "a confirmed response is lost"
            continue
        assert response.revision >= person.acknowledged, "a confirmed change was undone"
        said = person.sent[response.revision]
        assert (response.status is Status.WITHDRAWN) == (said is None)
        assert response.record == (bytes(len(response.record)) if said is None else said)
    assert left == {}, "something is in the box that nobody sent"


def check_codes(society: Society, people: Sequence[Person], services: Services) -> None:
    """Every code gave one token, on one of its devices; and whoever asks for it again gets the same."""
    for person in people:
        assert len(person.signatures) == 1, "a code gave no token, or two"
        assert len(person.refused) == len(person.tickets) - 1
        (device,) = person.signatures
        again = again_until_it_works(lambda p=person, d=device: p.signature(services, d))
        assert again == person.signatures[device]
    register = society.house.register()
    assert register is not None
    assert register.counts(people[0].manifest.id_bytes).spent == len(people)
    register.release()


def check_silence(people: Iterable[Person], logs: dict[str, bytes]) -> None:
    """Nothing in these logs tells a code, a token, an answer or where somebody came from."""
    marks: dict[str, bytes] = {}
    for number, person in enumerate(people):
        assert person.token is not None
        one = [
            person.code.encode(),
            person.code.replace("-", "").encode(),
            *(t.blinded_message for t in person.tickets),
        ]
        one += [hash_code(person.code, person.manifest.id_bytes), person.token.nonce, person.token.authenticator]
        marks |= named([*one, *person.sealed, *(t.secret for t in person.tickets)], f"something of person {number}")
    assert traces(logs, marks) == []


def check_said(log: Path, allowed: Sequence[str]) -> None:
    """The servers said nothing but these sentences, and so no address."""
    for line in log.read_text().splitlines():
        assert any(re.fullmatch(f"subrosa: {said}", line) for said in allowed), line


def exact_counts(manifest: Manifest, stored: dict[bytes, Response]) -> dict[str, Any]:
    """What a tally of exactly these responses counts, by axes."""
    records = [response.record for response in stored.values() if response.status is Status.ANSWERS]
    rows = np.frombuffer(b"".join(records), dtype=np.uint8).reshape(len(records), -1)
    workload, allocation = plan_of(manifest.form, manifest.promise)
    counts = count(manifest.form, workload, [OpenedBatch(rows)])
    return {"/".join(entry.axes): counts.marginal(entry.axes).tolist() for entry in allocation.entries}


def check_destroyed(society: Society, manifest: Manifest) -> None:
    """Neither key nor ballots are left."""
    assert list(society.house.tally_keys.iterdir()) == []
    box = society.house.ballot_box()
    assert box is not None
    assert (box.state(manifest.id_bytes), box.count(manifest.id_bytes)) == ("destroyed", 0)
    box.release()
