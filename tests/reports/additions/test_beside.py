"""Other releases beside one: whatever is changed in them is found, and what cannot stand beside it is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from related_rounds import OTHER_KEY, beside, held, pulse, signed_files
from release_rounds import HOST_KEY, Round, make_round, tiny_form

from privacy.documents import canonical
from reports.additions.beside import FILE, MOST, beside_bytes, read_beside, taken_from
from reports.errors import ReleaseError
from reports.signing import sums

Document = dict[str, Any]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    folder = tmp_path_factory.mktemp("rounds")
    return {
        "spring": held(folder, "spring", 3),
        "autumn": held(folder, "autumn", 9),
        "few": held(folder, "few", 6, people=8),
        "theirs": held(folder, "theirs", 3, key=OTHER_KEY, society="Another society"),
        "tiny": make_round(folder, tiny_form(), people=100),
    }


@pytest.fixture
def document(rounds: dict[str, Round]) -> Document:
    return dict(json.loads(beside(rounds["autumn"], [(rounds["spring"], HOST_KEY)])))


def test_it_gives_back_what_was_put_beside_in_one_order_whatever_the_host_says(rounds: dict[str, Round]) -> None:
    here, others = rounds["autumn"], [(rounds["spring"], HOST_KEY), (rounds["few"], HOST_KEY)]
    data = beside(here, others)
    assert data == beside(here, others[::-1])
    found = {one.manifest.name: one for one in read_beside(here.manifest, data)}
    assert set(found) == {"spring", "few"}
    assert found["spring"].measurement.to_json() == rounds["spring"].measurement.to_json()
    assert found["spring"].entry == rounds["spring"].entry
    assert found["spring"].statement is not None
    assert not found["few"].measurement.complete


def test_without_a_file_nothing_stands_beside(rounds: dict[str, Round]) -> None:
    assert read_beside(rounds["autumn"].manifest, None) == ()


def test_a_release_that_another_host_signed_is_read_with_that_hosts_key(rounds: dict[str, Round]) -> None:
    (other,) = read_beside(rounds["autumn"].manifest, beside(rounds["autumn"], [(rounds["theirs"], OTHER_KEY)]))
    assert other.manifest.society == "Another society"


def first(document: Document) -> Document:
    return dict(document["releases"][0])


def measured_otherwise(of: Document) -> None:
    of["measurements"]["residuals"][1]["values"][0] += 1


def in_the_record(old: str, new: str) -> Callable[[Document], None]:
    def forge(of: Document) -> None:
        assert old in of["release"]
        of["release"] = of["release"].replace(old, new)

    return forge


def signed_by_another(of: Document) -> None:
    of["signature"] = OTHER_KEY.sign(of["sums"].encode()).hex()


def other_sums(of: Document) -> None:
    of["sums"] = of["sums"].replace(of["sums"][:4], "0000", 1)


def without_closing(of: Document) -> None:
    release = json.loads(of["release"])
    of["release"] = json.dumps(release | {"closing": None})


FORGED = {
    "a measurement": (measured_otherwise, "measurements.json is not the file that was signed"),
    "another signature": (signed_by_another, "The signature over SHA256SUMS is wrong"),
    "other digests": (other_sums, "The signature over SHA256SUMS is wrong"),
    "the ledger entry": (in_the_record('"seq": 1', '"seq": 2'), "release.json is not the file that was signed"),
    "the closing": (without_closing, "closing.json"),
    "the society": (in_the_record("Society of the Rose", "Society of the Thorn"), "manifest.json"),
}


@pytest.mark.parametrize(("forge", "words"), FORGED.values(), ids=FORGED)
def test_whatever_is_changed_in_it_is_found(
    rounds: dict[str, Round], document: Document, forge: Callable[[Document], None], words: str
) -> None:
    read_beside(rounds["autumn"].manifest, canonical(document))
    forge(document["releases"][0])
    with pytest.raises(ReleaseError, match=words) as found:
        read_beside(rounds["autumn"].manifest, canonical(document))
    assert str(found.value).startswith(f"{FILE}, release of round {rounds['spring'].manifest.id[:8]}")


def test_a_host_that_signs_what_its_promise_does_not_allow_is_found(rounds: dict[str, Round]) -> None:
    made, lying = rounds["spring"], rounds["theirs"]
    files = signed_files(made)
    of = taken_from(files) | {"measurements": lying.measurement.to_json()}
    measured = canonical(lying.measurement.to_json())
    plain = {name: data for name, data in files.items() if not name.startswith("SHA256SUMS")}
    signed = sums(plain | {"measurements.json": measured})
    of |= {"sums": signed.decode(), "signature": HOST_KEY.sign(signed).hex()}
    with pytest.raises(ReleaseError, match="The measurements are of another round than the manifest"):
        beside_bytes(rounds["autumn"].manifest, [of])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"format":"subrosa/beside/v1","releases":[]}',
        b'{"format":"subrosa/beside/v2","releases":[{}]}',
        b'{"format":"subrosa/beside/v1","releases":[{}]}',
        b'{"format":"subrosa/beside/v1","releases":[1e999]}',
        b'{"format":"subrosa/beside/v1","releases":[{"measurements":{},"release":"[]","signature":"","sums":""}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_such_file_is_said_not_to_be_one(rounds: dict[str, Round], data: bytes) -> None:
    with pytest.raises(ReleaseError, match=FILE):
        read_beside(rounds["autumn"].manifest, data)


def test_it_must_be_written_as_publish_writes_it(rounds: dict[str, Round], document: Document) -> None:
    with pytest.raises(ReleaseError, match="not as `subrosa publish` writes it"):
        read_beside(rounds["autumn"].manifest, json.dumps(document, indent=1).encode())


def test_a_round_stands_neither_beside_itself_nor_twice(rounds: dict[str, Round], document: Document) -> None:
    with pytest.raises(ReleaseError, match="cannot stand beside itself"):
        beside(rounds["spring"], [(rounds["spring"], HOST_KEY)])
    twice = {**document, "releases": document["releases"] * 2}
    with pytest.raises(ReleaseError, match="twice"):
        read_beside(rounds["autumn"].manifest, canonical(twice))
    with pytest.raises(ReleaseError, match="not as `subrosa publish`"):
        read_beside(rounds["autumn"].manifest, canonical({**document, "releases": document["releases"] * (MOST + 1)}))


def test_what_has_nothing_in_common_is_refused_by_name(rounds: dict[str, Round]) -> None:
    changed = pulse(('id = "first"', 'id = "a"'), ('id = "heard"', 'id = "b"'), ('id = "team"', 'id = "c"'))
    manifest = replace(rounds["autumn"].manifest, form=changed)
    with pytest.raises(ReleaseError, match=r"'spring' .* asks nothing that this form asks alike"):
        beside_bytes(manifest, [taken_from(signed_files(rounds["spring"]))])
