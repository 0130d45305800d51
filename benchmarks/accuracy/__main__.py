"""`make bench-accuracy`: precision at an equal budget, printed, and kept in docs/accuracy.md with `--write`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from benchmarks.accuracy import document, large, questionnaire, small, timing
from benchmarks.accuracy.environments import PEERS, Peer
from benchmarks.accuracy.runs import Run, keep, kept

SIZES: Final = (5000, 200_000)


def main() -> None:
    """Run what was asked for, print it, and write it down if asked to."""
    asked = _arguments()
    told = []
    if asked.part != "small":
        measured = [run for n, seed in _scenes(asked) for run in _runs(n, seed, asked.peers)]
        times = timing.timings(questionnaire.workload(), asked.million)
        told.append(document.large_part([*measured, *_remembered(measured, asked)], asked.respondents, times))
    if asked.part != "large":
        told.append(small.report(asked.repeats))
    print("\n\n".join(told))
    if asked.write:
        document.write(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("large", "small", "all"), default="all")
    parser.add_argument("--respondents", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--seeds", type=int, nargs="+", default=[5, 3], metavar="K", help="populations of each size")
    parser.add_argument("--first-seed", type=int, default=0, metavar="S", help="to go on where an earlier run ended")
    parser.add_argument("--peers", nargs="*", default=[p.id for p in PEERS], choices=[p.id for p in PEERS])
    parser.add_argument("--kept-peers", action="store_true", help="show what peers gave in earlier runs, with its date")
    parser.add_argument("--million", type=int, default=timing.MILLION, help="people for the timing")
    parser.add_argument("--repeats", type=int, default=50, help="rounds of each size of the small part")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    return parser.parse_args()


def _scenes(asked: argparse.Namespace) -> Iterator[tuple[int, int]]:
    """Each size with each of its seeds; sizes beyond the last number of seeds take that one."""
    for n, seeds in zip_longest(asked.respondents, asked.seeds[: len(asked.respondents)], fillvalue=asked.seeds[-1]):
        for seed in range(asked.first_seed, asked.first_seed + seeds):
            yield n, seed


def _runs(respondents: int, seed: int, peers: Sequence[str]) -> Iterable[Run]:
    chosen: list[Peer] = [peer for peer in PEERS if peer.id in peers]
    for run in large.runs(questionnaire.workload(), respondents, seed, chosen):
        print(f"{respondents:,} people, seed {seed}: {run.method}: {run.why or f'{run.seconds:.1f} s'}", flush=True)
        keep(run)
        yield run


def _remembered(measured: Sequence[Run], asked: argparse.Namespace) -> list[Run]:
    """Earlier runs of peers that were not run now."""
    now = {run.method for run in measured}
    return [run for run in kept() if run.method not in now] if asked.kept_peers else []


if __name__ == "__main__":
    main()
