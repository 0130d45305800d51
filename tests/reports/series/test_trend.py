"""The small picture of a share over several rounds."""

from datetime import UTC, datetime

import pytest

from privacy.threshold import HIDDEN, SHOWN
from reports.charts import Cell
from reports.series.trend import HEIGHT, WIDTH, places_in_time, span_of, trend

DAYS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 12)]


def cell(share: float, margin: float = 0.05) -> Cell:
    return Cell(SHOWN, share, margin, share - margin, share + margin)


def test_rounds_stand_by_their_days_and_evenly_where_they_would_hide_each_other() -> None:
    first, second, last = places_in_time(DAYS)
    assert 0 < first < second < last < WIDTH
    assert (second - first) / (last - first) == pytest.approx(31 / 334)
    close = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), DAYS[-1]]
    first, second, last = places_in_time(close)
    assert second - first == pytest.approx(last - second)
    assert len(set(places_in_time([DAYS[0]] * 3))) == 3


def test_a_round_without_a_figure_breaks_the_line_and_leaves_nothing_of_itself() -> None:
    drawn = trend([cell(0.2), Cell(HIDDEN, 0.7, 0.1, 0.6, 0.8), cell(0.3), cell(0.3)], (5, 40, 80, 115), 0.5)
    assert drawn.line.count("M") == 2
    assert drawn.line.count("L") == 1
    assert drawn.intervals.count("V") == len(drawn.dots) == 3
    assert not any(x == "40" for x, _ in drawn.dots)


def test_more_is_higher_and_everything_lies_within_the_picture() -> None:
    rows = [[cell(0.02, 0.02), cell(0.4)], [cell(0.98, 0.02), cell(0.6)]]
    span = span_of(rows)
    assert 0.45 <= span <= 0.5
    for cells in rows:
        drawn = trend(cells, (5, 115), span)
        heights = [float(y) for _, y in drawn.dots]
        assert (heights[1] < heights[0]) == (cells[1].share > cells[0].share)
        ends = [float(number) for part in drawn.intervals.split("M")[1:] for number in part.split(" ")[1].split("V")]
        assert 0 < min(ends) <= max(ends) < HEIGHT


def test_little_is_not_made_much_of() -> None:
    assert span_of([[cell(0.3, 0.001), cell(0.301, 0.001)]]) == pytest.approx(0.2)
    assert span_of([[Cell(HIDDEN)]]) == pytest.approx(0.2)
