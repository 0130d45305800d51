"""`subrosa verify`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from host.cli.show import facts, json_option, plain, spinner

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_DRAWN: Final = "all but the synthetic records"
_EXIT: Final[dict[bool | str, int]] = {True: 0, False: 1, "figures only": 3, _NOT_DRAWN: 3}


@click.command()
@click.argument("releases", metavar="FOLDER|URL...", nargs=-1, required=True)
@click.option("--key", help="The host's public key file, or its fingerprint, from a place you trust.")
@json_option
def verify(releases: tuple[str, ...], key: str | None, as_json: bool) -> None:
    """Check a release: signature, digests, promise, and every figure re-derived from the raw measurements.

    A release at an address is fetched (https only, at most 64 MB) and checked here. Its key is not trusted for lying
    there: give the one that the host told you in some other way.

    Exit code 0 if everything is as it should be, 1 if something is wrong, 3 if only the figures could be checked
    because the release says it was made by other versions, or if its synthetic records were not drawn again, which
    takes the extra 'microdata'. Of several releases each is checked, and the worst counts.

    \b
    Example:
      subrosa verify releases/4f1c… --key 9b2d…
      subrosa verify https://survey.society.example/releases/4f1c…/ --key 9b2d…
    """
    checked = [(release, *_verified(release, key)) for release in releases]
    if len(releases) == 1:
        ((_, values, words),) = checked
    else:
        values = {"releases": [{"release": release, **found} for release, found, _ in checked]}
        words = "\n\n".join(f"{release}\n{said}" for release, _, said in checked)
    facts(as_json, values, words)
    codes = {_EXIT[found["sound"]] for _, found, _ in checked}
    if worst := next((code for code in (1, 3) if code in codes), 0):
        raise click.exceptions.Exit(worst)


def _verified(release: str, key: str | None) -> tuple[dict[str, Any], str]:
    from dataclasses import asdict  # noqa: PLC0415

    from host.in_words import verdict_in_words  # noqa: PLC0415
    from reports.checking.verify import NoSuchKey, verify_release  # noqa: PLC0415
    from reports.errors import ReleaseError  # noqa: PLC0415

    try:
        with _at_hand(release) as (folder, said), spinner("Working out every figure again"):
            verdict = verify_release(folder, key)
    except NoSuchKey as wrong:  # it says nothing about the release
        raise click.UsageError(str(wrong)) from None
    except ReleaseError as wrong:
        return {"sound": False, "fault": str(wrong)}, f"NOT VERIFIED. {plain(str(wrong))}"
    words = "\n".join((*said, verdict_in_words(verdict)))
    sound = (verdict.redrawn or _NOT_DRAWN) if verdict.whole else "figures only"
    return {"sound": sound, **asdict(verdict)}, words


@contextmanager
def _at_hand(release: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The folder to check, and what is to be said first of how it came here. Raises: ReleaseError."""
    if not release.lower().startswith(("http://", "https://")):
        yield Path(release), ()
        return
    from host.fetching import fetched  # noqa: PLC0415  (nobody else waits for what speaks HTTP)

    with fetched(release) as found:
        size = f"{found.size / 1e6:.1f} MB"
        yield found.folder, (f"Fetched {found.files} files ({size}) from {found.host}, to be checked on this machine.",)
