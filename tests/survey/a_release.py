"""What lies in `releases/` of a published round, as far as the site looks at it."""

import hashlib
import json
from pathlib import Path

from a_round import Round

from survey.rounds.revision import FILE, Revision, folder_name
from survey.rounds.withdrawal import SUFFIX, Withdrawal, sign_withdrawal

HEAD = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status\n"
SOME_TABLES = (
    HEAD + ",,,,,1.0000,1.0000,1.0000,41.0,41.0,7.0000,display,shown\n"
    "mood,,,,1,0.2500,0.1000,0.4000,10.0,10.0,2.0000,display,shown\n"
)
MEASURED = "2026-04-02"


def released(folder: Path, of: Round, tables: str = SOME_TABLES, **more: str) -> Path:
    """A whole release of a round; more: further files by name, without suffix, that its digests list."""
    return signed(folder / of.manifest.id, of, tables, {f"{name}.txt": text for name, text in more.items()})


def corrected(folder: Path, of: Round, number: int = 2, reason: str = "A label was wrong.", **more: str) -> Path:
    """A further revision beside the one before it."""
    before = (folder / folder_name(of.manifest.id, number - 1) / "SHA256SUMS").read_bytes()
    stated = Revision(number, reason, f"2026-05-{number:02}", hashlib.sha256(before).hexdigest())
    files = {FILE: stated.to_bytes().decode(), "index.html": f"<p>revision {number}</p>"} | more
    return signed(folder / folder_name(of.manifest.id, number), of, SOME_TABLES, files)


def withdrawn(folder: Path, of: Round, reason: str = "The form had a fault.") -> Path:
    path = folder / f"{of.manifest.id}{SUFFIX}"
    path.write_bytes(sign_withdrawal(Withdrawal(of.manifest.id, reason, "2026-06-01", of.manifest.host_key), of.host))
    return path


def signed(place: Path, of: Round, tables: str, more: dict[str, str]) -> Path:
    """These files in a new folder, listed and signed by the round's host."""
    record = json.dumps({"round": of.manifest.id, "ledger": {"day": MEASURED}})
    place.mkdir(parents=True)
    for name, text in ({"index.html": "<p>released</p>", "tables.csv": tables, "release.json": record} | more).items():
        (place / name).write_text(text)
    sign(place, of)
    return place


def sign(place: Path, of: Round) -> None:
    """List what lies in the folder now, and sign that."""
    files = sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith((".", "SHA256")))
    listed = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (place / "SHA256SUMS").write_text("".join(listed))
    (place / "SHA256SUMS.sig").write_bytes(of.host.sign((place / "SHA256SUMS").read_bytes()))
