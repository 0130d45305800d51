"""A box that every engine counts, and what one process makes of it."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from form_samples import some_answers
from tallied_rounds import ballot, box, box_file, every_kind_round

from aggregation.ballots import BoxFile
from aggregation.engines.job import Engine, Job, count_box
from aggregation.engines.local import ThisProcess
from aggregation.opening import Inspection
from aggregation.portions import FilePortions, Portions
from survey.forms.codec import encode
from survey.sealing import SealingKey, Status

BALLOTS = 40


@dataclass(frozen=True)
class Sample:
    """A box of every kind of ballot, on disk, with the key of its round."""

    file: BoxFile
    key: SealingKey

    def job(self, portions: Portions) -> Job:
        return Job.of(self.file.manifest, self.key, portions, self.file.count)

    def counted(self, engine: Engine, portions: Portions | None = None, progress=lambda _done: None):
        """Table name -> counts, and what happened to the ballots."""
        job = self.job(portions or FilePortions.of(self.file, engine.portion))
        counts, inspection = count_box(job, engine, progress)
        return {name: table.tolist() for name, table in counts._tables.items()}, inspection


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Sample:
    round_ = every_kind_round()
    form, chance = round_.manifest.form, random.Random(3)
    good = [ballot(round_, encode(form, some_answers(form, chance))) for _ in range(BALLOTS - 2)]
    withdrawn = ballot(round_, bytes(len(round_.record)), status=Status.WITHDRAWN)
    broken = replace(ballot(round_), authenticator=bytes(256))
    path = tmp_path_factory.mktemp("sample") / "every.box"
    return Sample(box_file(path, round_, box(*good, withdrawn, broken)), round_.sealing)


@pytest.fixture(scope="session")
def alone(sample) -> tuple[dict[str, list[int]], Inspection]:
    """What one process counts: all others must count the same."""
    counted = sample.counted(ThisProcess())
    assert counted[1].counted == BALLOTS - 2
    return counted


@pytest.fixture
def out_of_order(sample, tmp_path) -> BoxFile:
    """The same box with two neighbours exchanged."""
    path = tmp_path / "changed.box"
    data = sample.file.path.read_bytes()
    length = (len(data) - sample.file.start) // BALLOTS
    first = sample.file.start + 20 * length
    swapped = data[first + length : first + 2 * length] + data[first : first + length]
    Path(path).write_bytes(data[:first] + swapped + data[first + 2 * length :])
    return BoxFile.open(path)
