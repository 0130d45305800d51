"""What lies in `releases/` of a published round, as far as the site looks at it."""

import hashlib
from pathlib import Path

from a_round import Round

HEAD = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status\n"
SOME_TABLES = (
    HEAD + ",,,,,1.0000,1.0000,1.0000,41.0,41.0,7.0000,display,shown\n"
    "mood,,,,1,0.2500,0.1000,0.4000,10.0,10.0,2.0000,display,shown\n"
)


def released(folder: Path, of: Round, tables: str = SOME_TABLES, **more: str) -> Path:
    """A whole release of a round; more: further files by name, without suffix, that its digests list."""
    place = folder / of.manifest.id
    place.mkdir(parents=True)
    files = {"index.html": "<p>released</p>", "tables.csv": tables} | {
        f"{name}.txt": text for name, text in more.items()
    }
    for name, text in files.items():
        (place / name).write_text(text)
    listed = (f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in sorted(files))
    (place / "SHA256SUMS").write_text("".join(listed))
    (place / "SHA256SUMS.sig").write_bytes(bytes(64))
    return place
