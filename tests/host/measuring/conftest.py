"""What tests of `subrosa measure` share."""

import pytest
from societies import PULSE, Society, some_csv
from staff_answers import ROWS


@pytest.fixture
def ready(society: Society, monkeypatch: pytest.MonkeyPatch) -> Society:
    """A society with a form and a table of answers."""
    society.write("pulse.toml", PULSE)
    society.write("answers.csv", some_csv(ROWS))
    named = society.config.read_text().replace("Our society", "Society of the Rose").replace("how to reach us", "us")
    society.config.write_text(named)
    monkeypatch.chdir(society.folder)
    return society
