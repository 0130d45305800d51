"""The documents that the services hand out, read and checked as a release holds them."""

from __future__ import annotations

import json

from rfc8785 import CanonicalizationError, dumps

from reports.errors import ReleaseError
from survey.rounds.any_manifest import ManifestError
from survey.rounds.closing import State, Statement, StatementError, read_statement
from survey.rounds.external import ExternalManifest, read_any_manifest
from survey.rounds.manifest import Manifest

# Documents that nobody would sign by accident: numbers no JSON reader agrees on, and nesting without end.
_ABSURD = (CanonicalizationError, OverflowError, RecursionError)


def read_served_manifest(served: bytes) -> Manifest | ExternalManifest:
    """Raises: ReleaseError."""
    try:
        return read_any_manifest(served)
    except ManifestError as error:
        raise ReleaseError(f"manifest.json: {error}") from None
    except _ABSURD:
        raise ReleaseError("manifest.json is not a round's manifest; get the release again.") from None


def read_served_closing(closing: bytes | None, manifest: Manifest | ExternalManifest) -> Statement | None:
    """Raises: ReleaseError, also if the round was cancelled."""
    if closing is None:
        return None
    if isinstance(manifest, ExternalManifest):
        raise ReleaseError("closing.json does not belong here: external answers have no round that could close.")
    try:
        statement = read_statement(closing, manifest)
        canonical = dumps(json.loads(closing))
    except StatementError as error:
        raise ReleaseError(f"closing.json: {error}") from None
    except _ABSURD:
        raise ReleaseError("closing.json is not a closing statement; get the release again.") from None
    if canonical != closing:
        raise ReleaseError("closing.json is not written as the services hand it out; get the release again.")
    if statement.state is State.CANCELLED:
        raise ReleaseError("This round was cancelled; a cancelled round has no release.")
    return statement
