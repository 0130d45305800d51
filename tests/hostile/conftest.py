"""Rounds and releases of other tests are where hostile input starts from."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
PARTS = ("", "survey", "survey/forms", "survey/registrar", "aggregation", "reports", "host")
sys.path[:0] = [str(TESTS / part) for part in PARTS]
