"""One counting in a process of its own, so that its memory is its own: prints one line of JSON for each stage.

`python -m benchmarks.scale.counted SOCIETY BOX ENGINE [publish]`. ENGINE: a number of processes, or the JSON of a
cluster. publish: measure and publish as well; the society's round is over then.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from aggregation.ballots import BoxFile
from aggregation.engines.cluster import Cluster, TlsFiles
from aggregation.engines.job import Engine, Job, count_box
from aggregation.engines.local import local_engine
from aggregation.portions import FilePortions
from aggregation.promise import plan_of
from benchmarks.scale.place import Place
from host.publishing import Publication, publish_round
from privacy.counts import ExactCounts
from privacy.measure import Charge, measure


def main(society: str, box: str, chosen: str, publish: str = "") -> None:
    place, file = Place(Path(society)), BoxFile.open(Path(box))
    engine = _engine(chosen)
    job = Job.of(place.round.manifest, place.sealing_key, FilePortions.of(file, engine.portion), file.count)
    start = time.perf_counter()
    counts, inspection = count_box(job, engine)
    seconds = time.perf_counter() - start
    _say(seconds=seconds, counted=inspection.counted, same=_fingerprint(counts))
    if publish:
        _publish(place, counts)


def _publish(place: Place, counts: ExactCounts) -> None:
    """What follows on counting, in the order in which a host does it; the place is used up by it."""
    house, published = place.house, place.round
    manifest, start = published.manifest, time.perf_counter()
    allocation = plan_of(manifest.form, manifest.promise)[1]
    charge = Charge(manifest.id, manifest.promise.minimum_responses)
    measure(house.ledger(manifest.promise.term), charge, counts, allocation)
    measured = time.perf_counter()
    folder, _ = publish_round(house, published, Publication())
    done = time.perf_counter()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    _say(measure=measured - start, publish=done - measured, bytes=size)


def _say(**values: float | int | str) -> None:
    print(json.dumps(values), flush=True)


def _engine(chosen: str) -> Engine:
    if chosen.isdigit():
        return local_engine(0, int(chosen))
    given: dict[str, Any] = json.loads(chosen)
    return Cluster(given["scheduler"], TlsFiles(*map(Path, given["tls"])))


def _fingerprint(counts: ExactCounts) -> str:
    """By which the counts of two engines are compared; these are of invented answers."""
    digest = hashlib.sha256()
    axes = {table.name: table.axes for table in counts.workload.tables}
    for name in sorted(axes):
        digest.update(name.encode() + counts.marginal(axes[name]).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
