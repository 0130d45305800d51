"""What lies beside a release: read only where it is plain files of a sensible size, and believed only if it fits."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from release_rounds import HOST_KEY

from host.time_limits import within
from reports.additions.revision import Revision, folder_name, sums_digest
from reports.checking.neighbours import Neighbours, look_beside
from reports.errors import ReleaseError
from reports.published import read_served_manifest
from reports.signing import SIGNATURE, SUMS, sign_sums, sums
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.withdrawal import LONGEST, SUFFIX

SIGNER = HOST_KEY.public_key()


@dataclass(frozen=True)
class Shelf:
    """Revisions of one release beside each other, as far as it matters to who looks there."""

    folder: Path
    manifest: AnyManifest
    files: dict[str, bytes]

    def place(self, number: int) -> Path:
        return self.folder / folder_name(self.manifest.id, number)

    def put(self, number: int, stated: int | None = None, before: Path | None = None) -> Path:
        """stated: the number it gives itself; before: the folder it names as the one that it replaces."""
        files = dict(self.files)
        if before is not None:
            files["revision.json"] = self.revision(stated or number, before).to_bytes()
        place = self.place(number)
        place.mkdir()
        for name, data in (files | {SUMS: sums(files), SIGNATURE: sign_sums(sums(files), HOST_KEY)}).items():
            (place / name).write_bytes(data)
        return place

    def revision(self, number: int, before: Path) -> Revision:
        return Revision(number, "A word.", "2026-05-02", sums_digest((before / SUMS).read_bytes()))

    def look(self, number: int, revision: Revision | None) -> Neighbours:
        """Given up after a while, so that a check that hangs fails."""
        return within(10, lambda: look_beside(self.place(number), self.manifest, self.files, revision, SIGNER))


@pytest.fixture
def shelf(release: Path, tmp_path: Path) -> Shelf:
    files = {name: (release / name).read_bytes() for name in ("manifest.json", "measurements.json")}
    folder = tmp_path / "shelf"
    folder.mkdir()
    return Shelf(folder, read_served_manifest(files["manifest.json"]), files)


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def link(path: Path) -> None:
    path.rename(path.with_name("away")) if path.exists() else path.with_name("away").write_text("{}")
    path.symlink_to(path.with_name("away"))


def large(path: Path) -> None:
    path.write_bytes(path.read_bytes() if path.exists() else b"{}")
    os.truncate(path, LONGEST + 1 if path.name.endswith(SUFFIX) else 2**20 + 1)


def test_a_chain_of_revisions_is_followed_to_the_first(shelf: Shelf) -> None:
    second = shelf.put(2, before=shelf.put(1))
    found = shelf.look(3, shelf.revision(3, second))
    assert any("Revisions 1 to 2" in sentence for sentence in found.established)
    assert found.not_established == ()
    assert any("revision 2, which corrects it" in sentence for sentence in shelf.look(1, None).not_established)


@pytest.mark.parametrize("spoil", [pipe, link, large])
@pytest.mark.parametrize("name", [SUMS, SIGNATURE])
def test_a_revision_that_is_no_plain_files_of_a_sensible_size_is_not_looked_at(
    shelf: Shelf, spoil: Callable[[Path], None], name: str
) -> None:
    second = shelf.put(2, before=shelf.put(1))
    third = shelf.revision(3, second)
    spoil(second / name)
    found = shelf.look(3, third)
    assert not any("lie beside it" in sentence for sentence in found.established)
    assert shelf.look(1, None).not_established == ()


def test_a_folder_that_is_a_link_is_not_followed(shelf: Shelf) -> None:
    link(shelf.put(2, before=shelf.put(1)))
    assert shelf.look(1, None).not_established == ()


@pytest.mark.parametrize("spoil", [pipe, link, large])
def test_what_an_earlier_revision_says_of_itself_is_not_waited_for(shelf: Shelf, spoil: Callable[[Path], None]) -> None:
    second = shelf.put(2, before=shelf.put(1))
    spoil(second / "revision.json")
    found = shelf.look(3, shelf.revision(3, second))
    assert any("Revision 2, which lies beside it" in sentence for sentence in found.established)
    assert any("revision 2 follows from the one before it" in sentence for sentence in found.not_established)


@pytest.mark.parametrize("spoil", [pipe, link, large])
def test_a_withdrawal_that_cannot_be_read_is_told(shelf: Shelf, spoil: Callable[[Path], None]) -> None:
    spoil(shelf.folder / f"{shelf.manifest.id}{SUFFIX}")
    (told,) = shelf.look(1, None).not_established
    assert "its withdrawal cannot be read" in told


@pytest.mark.parametrize("stated", [3, 4, 9])
def test_an_earlier_revision_that_gives_itself_another_number_is_refused(shelf: Shelf, stated: int) -> None:
    second = shelf.put(2, stated, before=shelf.put(1))
    with pytest.raises(ReleaseError, match=r"is not revision 2"):
        shelf.look(3, shelf.revision(3, second))


def test_a_first_release_at_the_place_of_a_later_one_and_the_other_way_round_are_refused(shelf: Shelf) -> None:
    with pytest.raises(ReleaseError, match=r"is not revision 2"):
        shelf.look(3, shelf.revision(3, shelf.put(2)))
    first = shelf.put(1, 2, before=shelf.place(2))
    with pytest.raises(ReleaseError, match=r"is not revision 1"):
        shelf.look(2, shelf.revision(2, first))
