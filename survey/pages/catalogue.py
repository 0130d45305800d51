"""`/releases/index.json`: every release with its revisions, files, sizes and digests, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from survey.forms.loading import form_digest
from survey.pages.archive import ARCHIVE
from survey.pages.releases import Release
from survey.pages.revisions import PublishedRevision
from survey.pages.site import Site
from survey.rounds.times import stamp
from survey.rounds.withdrawal import SUFFIX

FORMAT: Final = "subrosa/releases/v1"


def catalogue(site: Site, releases: Iterable[Release]) -> bytes:
    """JSON, UTF-8: the same bytes as long as nothing was published, corrected or withdrawn."""
    document = {
        "format": FORMAT,
        "society": site.society,
        "url": f"{site.url}/releases/",
        "feed": f"{site.url}/releases/feed.atom",
        "releases": [_release(f"{site.url}/releases", release) for release in releases],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _release(base: str, release: Release) -> dict[str, Any]:
    manifest, form = release.manifest, release.manifest.form
    withdrawn = release.withdrawn
    return {
        "round": release.id,
        "name": manifest.name,
        "title": release.title,
        "society": manifest.society,
        "form": {"id": form.id, "digest": form_digest(form)},
        "opened": stamp(manifest.opens),
        "closed": stamp(release.closes),
        "url": f"{base}/{release.id}/",
        "latest": release.revisions[-1].number if release.revisions and withdrawn is None else None,
        "withdrawn": None
        if withdrawn is None
        else {"day": withdrawn.day, "reason": withdrawn.reason, "url": f"{base}/{release.id}{SUFFIX}"},
        "revisions": [_revision(f"{base}/{release.id}.{one.number}/", one) for one in release.revisions],
    }


def _revision(url: str, revision: PublishedRevision) -> dict[str, Any]:
    """Of a withdrawn one too: whoever holds a copy can tell which it is. Its addresses answer that it is gone."""
    return {
        "number": revision.number,
        "day": revision.day,
        "reason": revision.reason or None,
        "url": url,
        "archive": f"{url}{ARCHIVE}",
        "sha256sums": revision.sums,
        "files": [
            {"name": file.name, "bytes": file.size, "sha256": file.digest, "url": f"{url}{file.name}"}
            for file in revision.files.values()
        ],
    }
