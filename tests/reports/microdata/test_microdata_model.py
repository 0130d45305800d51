"""The model itself, fitted by private-PGM: only where its library is installed, as `make test-microdata` does."""

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest
from release_rounds import VERSIONS, WISHES, make_round, publish, tiny_form

from host.cli.program import main
from privacy.measurement import Measurement, NoisyResidual
from privacy.reconstruction import reconstruct
from privacy.residuals import closure, residual
from privacy.workload import Axis, Table, Workload
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.microdata.columns import columns
from reports.microdata.drawing import draw
from reports.microdata.fitting import fit
from reports.microdata.making import draw_microdata, model_versions
from reports.microdata.records_csv import FILE, read_records, records_csv
from reports.microdata.redrawing import not_redrawn
from reports.microdata.relations import relations
from reports.release import build_release
from survey.forms.axes import axes as form_axes
from survey.forms.rows import valid_rows

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("mbi") is None, reason="private-PGM is not in the test lock: `make test-microdata`"
)


def quiet(*_):
    """Progress that nobody looks at."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """So many people that noise is small beside what is tested."""
    return make_round(tmp_path_factory.mktemp("many"), tiny_form(), replace(WISHES, respondents=4000), people=4000)


@pytest.fixture(scope="module")
def records(made):
    return draw_microdata(made.manifest, made.measurement, quiet)


def test_the_records_are_as_many_as_measured_and_every_one_is_what_the_form_allows(made, records):
    batch = read_records(tiny_form(), records)
    assert len(batch) == made.measurement.total
    assert valid_rows(tiny_form(), batch).all()


def test_every_released_table_is_met(made, records):
    form = tiny_form()
    batch, known = read_records(form, records), columns(form)
    places = {"team": slice(0, 1), "mood": slice(1, 2)}
    for name in ("mood@", "mood@team"):
        table = made.measurement.workload.table(name)
        found = reconstruct(made.measurement)[name]
        at = [batch[:, places[axis].start] for axis in table.axes]
        counts = np.zeros(tuple(known[axis].size for axis in table.axes))
        np.add.at(counts, tuple(at), 1)
        order = [
            np.r_[1 : known[axis].size, 0] for axis in table.axes
        ]  # in the form no answer is code 0, in tables last
        assert counts[np.ix_(*order)] == pytest.approx(found, abs=0.02 * len(batch))


def test_a_pair_of_questions_that_was_measured_is_preserved():
    """Of people of team red, as if mood 1 went with the saw and mood 3 with the axe, measured almost without noise."""
    form, known = tiny_form(), columns(tiny_form())
    axes = {axis.id: Axis(axis.id, len(axis.cells), axis.touches, axis.outside) for axis in form_axes(form)}
    team, pair = Table("@team", ("team",), ()), Table("mood|tools", (), ("mood", "tools"))
    workload = Workload(tuple(axes.values()), (Table("@", (), ()), team, pair))
    cells = np.zeros((4, 5), np.int64)
    cells[0, 0], cells[1, 4], cells[2, 1] = 300, 200, 300
    marginals = {"@": np.array(800), "@team": np.array([600, 200, 0]), "mood|tools": cells}
    noisy = {axes: NoisyResidual(axes, 1.0, 1.0, _residual(workload, axes, marginals)) for axes in closure(workload)}
    measurement = Measurement("0" * 64, workload, noisy, True)
    held = relations(form, workload, {name: one.size for name, one in known.items()})
    model = fit(form, measurement, known, held, quiet)
    rows = records_csv(form, draw(form, known, model, 800, np.random.default_rng(1))).decode().splitlines()[1:]
    saw, axe = ([row.split(",")[1] for row in rows if row.endswith(tool)] for tool in (",saw", ",axe"))
    assert saw.count("1") > 0.95 * len(saw) > 250
    assert axe.count("3") > 0.95 * len(axe) > 250


def _residual(workload, axes, marginals):
    """From the first of these tables that has all the axes."""
    table = next(workload.table(name) for name in marginals if set(axes) <= set(workload.table(name).axes))
    dropped = tuple(at for at, name in enumerate(table.axes) if name not in axes)
    return np.asarray(residual(workload, axes, marginals[table.name].sum(axis=dropped)))


def test_the_same_measurement_gives_the_same_file_and_another_number_of_rows_another(made, records):
    assert draw_microdata(made.manifest, made.measurement, quiet) == records
    assert len(draw_microdata(made.manifest, made.measurement, quiet, 7).splitlines()) == 8


def release_with(made, records):
    versions = dict(VERSIONS) | model_versions()
    return build_release(made.served, made.closing, made.measurement, made.entry, versions, given={FILE: records})


def test_verify_draws_the_records_again_and_refuses_any_others(tmp_path, made, records):
    verdict = verify_release(publish(tmp_path / "good", release_with(made, records)))
    assert any(FILE in said for said in verdict.established)
    assert not any(FILE in said for said in verdict.not_established)

    batch = read_records(tiny_form(), records)
    batch[[0, 1]] = batch[[1, 0]] if (batch[0] != batch[1]).any() else 0
    smuggled = release_with(made, records_csv(tiny_form(), batch))
    with pytest.raises(ReleaseError, match="does not hold the records that are drawn"):
        verify_release(publish(tmp_path / "bad", smuggled))


def test_records_drawn_by_other_versions_are_not_called_wrong(made, records):
    other = dict(VERSIONS) | model_versions() | {"mbi": "1.0"}
    assert "another version of mbi" in not_redrawn(made.manifest, made.measurement, other, records)


def test_a_round_below_its_minimum_draws_nothing(below_round):
    with pytest.raises(ReleaseError, match="below its minimum"):
        draw_microdata(below_round.manifest, below_round.measurement, quiet)


def test_anybody_draws_records_from_a_release_folder(tmp_path, capsys, tiny_round):
    folder = publish(tmp_path / "release", tiny_round.files())
    with pytest.raises(SystemExit) as done:
        main(["microdata", str(folder), "--out", str(tmp_path / "m.csv"), "--records", "40", "--json"])
    assert done.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["records"], said["dropped"]) == (40, [])
    assert len(read_records(tiny_form(), (tmp_path / "m.csv").read_bytes())) == 40
