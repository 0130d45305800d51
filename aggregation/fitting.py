"""Which of the wished splits a round can keep, where it cannot keep all."""

from __future__ import annotations

from collections.abc import Sequence

from aggregation.planning import crowd_for, workload_for
from aggregation.wanted import usable_margins
from aggregation.wishes import Split, Wishes
from privacy.accounting import rho_for
from privacy.carrying import Carrier
from survey.forms.model import Form


def fitting_splits(form: Form, wishes: Wishes) -> tuple[Split, ...]:
    """As many of the wished splits, in the form's order, as are expected to be usable together in a group of mean size.

    Together with the tables for everyone, which stay as precise as in an even split. Raises: PromiseError.
    """
    workload = workload_for(form, wishes.by, wishes.split_only, wishes.splits)
    crowd = crowd_for(form, wishes, workload)
    carrier = Carrier.of(workload, crowd, usable_margins(workload, wishes.usable_margin))
    rho = rho_for(wishes.epsilon, wishes.delta)
    # A cohort question is tabled for everyone whether it splits anything or not.
    names = {table.name for table in workload.tables if not table.by or (len(table.by) == 1 and not table.of)}
    kept: list[Split] = []
    for table in workload.tables:
        if table.by and table.of:
            more = {*names, f"@{','.join(table.by)}", table.name}
            if carrier.fits(rho, more):
                names, kept = more, [*kept, (table.of[0], table.by)]
    return tuple(kept)


def split_options(splits: Sequence[Split]) -> list[str]:
    """As options of a command line, one a cohort set; in quotes where a shell would read a bar."""
    questions: dict[tuple[str, ...], list[str]] = {}
    for name, group in splits:
        questions.setdefault(group, []).append(name)
    options = (f"{','.join(names)}@{','.join(group)}" for group, names in questions.items())
    return [f"--split '{option}'" if "|" in option else f"--split {option}" for option in options]
