"""The folder `measured/`: the manifests of external answers, kept by the host alone. No service ever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from host.folders import private_folder
from survey.rounds.external import ExternalManifest, read_external
from survey.rounds.folder import write_durably

_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class StoredExternal:
    """A manifest of external answers as it was signed, and what it says."""

    served: bytes
    manifest: ExternalManifest


class ExternalsFolder:
    """One file a manifest, named by its id.

    A manifest is stored before its answers are measured, so that a measurement always has one: one that the ledger
    does not know was never measured, and its name is free.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[StoredExternal]:
        """Raises: ManifestError if the folder was tampered with."""
        found = sorted(self._path.glob(f"*{_SUFFIX}"))
        return [StoredExternal(data := path.read_bytes(), read_external(data, path.stem)) for path in found]

    def add(self, served: bytes) -> None:
        path = private_folder(self._path) / f"{read_external(served).id}{_SUFFIX}"
        write_durably(path, served, 0o600)

    def remove(self, manifest_id: str) -> None:
        (self._path / f"{manifest_id}{_SUFFIX}").unlink(missing_ok=True)
