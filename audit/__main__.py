"""`make audit`: the engine must keep its promise, and each planted fault must be seen breaking it.

Exits with 0 if so, with 1 if not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from audit.report import passed, table, words
from audit.trial import ENGINE, PLANTED, Outcome, Pages, Trial, judge, print_releases

CHUNK = 200


def main() -> int:
    trials = (*ENGINE, *PLANTED)
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
        # Started afresh: a process that is only copied could take over locks that OpenDP's threads hold.
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool,
    ):
        bar = progress.add_task("Releases", total=sum(2 * trial.releases for trial in trials))
        outcomes = []
        for trial in trials:
            progress.update(bar, description=trial.name)
            outcomes.append(attack(pool, trial, lambda done: progress.advance(bar, done)))
    console = Console()
    console.print(table(trials, outcomes))
    console.print(words())
    return 0 if all(map(passed, trials, outcomes)) else 1


def attack(pool: ProcessPoolExecutor, trial: Trial, advance: Callable[[int], None]) -> Outcome:
    """Make the trial's releases in as many processes as there are, and judge them."""
    sizes = [min(CHUNK, trial.releases - start) for start in range(0, trial.releases, CHUNK)]
    waiting = [[pool.submit(print_releases, trial, canary, size) for size in sizes] for canary in (False, True)]
    without, with_ = ([_done(future, advance) for future in kind] for kind in waiting)
    return judge(trial, without, with_)


def _done(future: Future[Pages], advance: Callable[[int], None]) -> Pages:
    pages = future.result()
    advance(len(pages.values))
    return pages


if __name__ == "__main__":
    sys.exit(main())
