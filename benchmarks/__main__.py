"""`make bench`: every benchmark, one after another. `python -m benchmarks tally` runs one."""

from __future__ import annotations

import sys

from benchmarks import pictures, sending, signing, submissions, tally

ALL = {
    "signing": signing.run,
    "submissions": submissions.run,
    "tally": tally.run,
    "pictures": pictures.run,
    "sending": sending.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or list(ALL):
        ALL[name]()
