"""What the tests of the samples share: societies and searches of the host's tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "host"), str(Path(__file__).parent)]
