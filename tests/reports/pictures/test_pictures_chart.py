"""The chart that is kept is the one that Altair describes."""

import json
from importlib.resources import files

from reports.pictures.chart import described


def test_the_chart_that_is_kept_is_what_altair_says() -> None:
    kept = (files("reports.pictures") / "chart.json").read_text(encoding="utf-8")
    assert kept == f"{json.dumps(described(), indent=2)}\n"
