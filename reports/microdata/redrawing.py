"""Whether the synthetic records of a release are those that its measurements give: they are drawn once more."""

from __future__ import annotations

from collections.abc import Mapping

from privacy.measurement import Measurement
from reports.errors import ReleaseError
from reports.microdata.making import LIBRARIES, draw_microdata, model_versions
from reports.microdata.records_csv import FILE
from reports.versions import installed_versions
from survey.rounds.any_manifest import AnyManifest


def not_redrawn(
    manifest: AnyManifest, measurement: Measurement, made_with: Mapping[str, str], records: bytes
) -> str | None:
    """Why this could not be found out; None if the records are the same. made_with: the versions in release.json.

    Raises: ReleaseError if the same versions on the same platform draw others.
    """
    here = {**installed_versions(), **model_versions()}
    if not model_versions():
        return "it takes the library mbi (Subrosa's extra 'microdata'), which is not installed here"
    if odd := [name for name in LIBRARIES if made_with.get(name) != here[name]]:
        return f"they were drawn with another version of {odd[0]} than is installed here ({here[odd[0]]})"
    if draw_microdata(manifest, measurement, lambda *_: None) == records:
        return None
    if dict(made_with).items() <= here.items():
        raise ReleaseError(f"{FILE} does not hold the records that are drawn from the measurements.")
    return "other records were drawn here, where some versions or the platform are not those in release.json"
