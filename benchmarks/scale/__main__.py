"""`make bench-scale`: everything. `python -m benchmarks.scale intake` runs one part: intake, tally or many.

BALLOTS: how many responses the largest box has (1,000,000; a hundredth of it is the smallest). SUBMISSIONS: how many
are sent to each setting of the intake. The responses are made once and kept under build/scale, and so is the last
table, as JSON.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator

from benchmarks.scale import intake, many, results, tallying
from benchmarks.scale.place import BUILD, Place, the_place
from benchmarks.scale.postgres import Server, running
from benchmarks.scale.responses import fresh, responses
from benchmarks.scale.results import Line

BALLOTS = int(os.environ.get("BALLOTS", "1000000"))
SUBMISSIONS = int(os.environ.get("SUBMISSIONS", "5000"))


def of_intake(place: Place, server: Server) -> Iterator[Line]:
    yield from map(results.of_intake, intake.measure(place, server, SUBMISSIONS))


def of_tally(place: Place, _server: Server) -> Iterator[Line]:
    """From a hundredth of the largest box to all of it by two processes, and all of it by one and by a cluster."""
    grown = []
    for count in (BALLOTS // 100, BALLOTS // 10, BALLOTS):
        grown.append(tallying.local(place, count, tallying.WORKERS, publish=count == BALLOTS))
        yield results.of_counting(grown[-1], count == BALLOTS)
    others = [tallying.local(place, BALLOTS, 1)]
    yield results.of_counting(others[0])
    others.append(tallying.dask(place, BALLOTS))
    yield results.of_counting(others[1])
    assert {one.same for one in others} == {grown[-1].same}, "engines count differently"
    yield from results.of_growth(grown)
    yield results.of_after(grown[-1])


def of_many(place: Place, server: Server) -> Iterator[Line]:
    for count in (BALLOTS // 100, BALLOTS // 10):
        for engine in many.ENGINES:
            yield from map(results.of_command, many.commands(place, server, engine, count))


PARTS: dict[str, Callable[[Place, Server], Iterator[Line]]] = {"intake": of_intake, "tally": of_tally, "many": of_many}


def main(wanted: list[str]) -> list[Line]:
    place, lines = the_place(), []
    responses(place, BALLOTS)  # the largest first: smaller boxes are parts of it
    with running(fresh(BUILD / "postgres")) as server:
        about = results.machine(server.settings())
        for part in wanted:
            for line in PARTS[part](place, server):
                lines.append(line)
                print(line.to_markdown(), flush=True)
                results.write(BUILD / "results.json", about, lines)
    print(f"\n{results.table(about, lines)}", flush=True)
    return lines


if __name__ == "__main__":
    main(sys.argv[1:] or list(PARTS))
