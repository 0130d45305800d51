"""A society with a round that was measured and not yet published."""

from pathlib import Path

from societies import Society, enter_directly, founded, opened, some_rows

from host.lifecycle import close
from host.tallying import run_tally
from survey.rounds.times import now

PEOPLE = 40


def measured(folder: Path) -> Society:
    """The round is called `spring`; its release can be published as often as a test likes."""
    society = founded(folder)
    manifest = opened(society, by=(("team",),), usable_margin=0.5)
    enter_directly(society, manifest, some_rows(PEOPLE))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    run_tally(society.house, manifest, None, lambda *_: None)
    return society
