"""The folder `measured/`: the manifests of external answers, kept by the host alone. No service ever reads them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host.folders import private_folder
from survey.rounds.any_manifest import ManifestError
from survey.rounds.external import ExternalManifest, read_external
from survey.rounds.folder import is_id, write_durably

_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class StoredExternal:
    """A manifest of external answers as it was signed, and what it says."""

    served: bytes
    manifest: ExternalManifest


class ExternalDamaged(ValueError):
    """The manifest of one measurement cannot be read, or is not what was signed."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be read or is not what was signed, so nothing can be published of its measurement; restore "
            "the file from a backup. Rounds and other measurements do not need it."
        )


class ExternalsFolder:
    """One file a manifest, named by its id.

    A manifest is stored before its answers are measured, so that a measurement always has one: one that the ledger
    does not know was never measured, and its name is free.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def ids(self) -> list[str]:
        """Of all that are here, damaged ones too."""
        found = sorted(path.stem for path in self._path.glob(f"*{_SUFFIX}"))
        return [one for one in found if is_id(one)]  # a copy someone made beside a manifest is none

    def load(self, manifest_id: str) -> StoredExternal:
        """Raises: ExternalDamaged."""
        path = self._file(manifest_id)
        try:
            served = path.read_bytes()
            return StoredExternal(served, read_external(served, manifest_id))
        except (OSError, ManifestError):
            raise ExternalDamaged(path) from None

    def readable(self, ids: Iterable[str]) -> list[StoredExternal]:
        """Those of them that are whole: a damaged one stands in nobody's way but its own."""
        found = []
        for one in ids:
            with suppress(ExternalDamaged):
                found.append(self.load(one))
        return found

    def add(self, served: bytes) -> None:
        private_folder(self._path)
        write_durably(self._file(read_external(served).id), served, 0o600)

    def remove(self, manifest_id: str) -> None:
        self._file(manifest_id).unlink(missing_ok=True)

    def _file(self, manifest_id: str) -> Path:
        return self._path / f"{manifest_id}{_SUFFIX}"
