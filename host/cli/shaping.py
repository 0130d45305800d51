"""Asking less than a form holds: the options that `plan` and `round open` share, and the preset that sets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aggregation.preset import Proposal
    from aggregation.wishes import Wishes
    from survey.forms.model import Form

_FORM_OPTIONS = (
    click.option("--leave-out", default="", help="Do not ask these questions: q1,q2."),
    click.option("--merge", multiple=True, help="Larger groups: size=1-9+10-49,50-249+250. Repeatable."),
)
_OPTIONS = (
    *_FORM_OPTIONS,
    click.option("--preset", is_flag=True, help="What a round of this size can carry, instead of --by and the like."),
)
_SET_BY_PRESET = ("by", "split_only", "split", "insist", "leave_out", "merge")


def shape_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def form_shape_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those that change the form alone."""
    for option in reversed(_FORM_OPTIONS):
        command = option(command)
    return command


def reshaped(form: Form, leave_out: str, merge: Sequence[str]) -> Form:
    """The form that a round with these options asks. Raises: click.UsageError, FormError."""
    from survey.forms.reshaping import merged, without  # noqa: PLC0415

    for cohort, groups in map(_merging, merge):
        form = merged(form, cohort, groups)
    return without(form, _names(leave_out))


def shape(form: Form, wished: Wishes, options: dict[str, Any]) -> tuple[Form, Wishes, Proposal | None]:
    """The form that is asked and the wishes for it, as the options say or as the preset proposes.

    Raises: click.UsageError, FormError, PromiseError.
    """
    from aggregation.coarsening import shaped  # noqa: PLC0415
    from aggregation.preset import propose  # noqa: PLC0415

    if options["preset"]:
        if given := [name for name in _SET_BY_PRESET if options[name]]:
            raise click.UsageError(
                f"--preset chooses what to ask and to split; leave out --{given[0].replace('_', '-')}."
            )
        proposal = propose(form, wished)
        return proposal.form, proposal.wishes, proposal
    return *shaped(form, wished, _names(options["leave_out"]), [_merging(given) for given in options["merge"]]), None


def choice(whole: Form, before: Wishes, wished: Wishes, proposal: Proposal | None) -> tuple[dict[str, Any], str]:
    """What the preset chose, if it did, and which groups were taken as equal: for a program, and as whole lines.

    before: the wishes before the form was shaped, which know of no shares but the host's and an earlier release's.
    """
    from aggregation.wishes import assumed_equal  # noqa: PLC0415
    from host.plan_words import equal_in_words, proposal_in_words  # noqa: PLC0415

    equal = assumed_equal(whole, before.cohort_shares, None if proposal else wished)
    lines = [equal_in_words(equal)] if equal else []
    values: dict[str, Any] = {"equal_groups": equal}
    if proposal is not None:
        lines.insert(0, proposal_in_words(proposal))
        values |= {"left_out": proposal.left_out, "merged": proposal.merged}
    return values, "".join(f"{line}\n" for line in lines)


def _names(given: str) -> tuple[str, ...]:
    return tuple(filter(None, given.split(",")))


def _merging(given: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    question, _, groups = given.partition("=")
    together = tuple(tuple(group.split("+")) for group in groups.split(",") if "+" in group)
    if not question or not together:
        raise click.UsageError("--merge takes a question and answers to put together, for example size=1-9+10-49.")
    return question, together


def open_line(form_name: str, proposal: Proposal) -> str:
    """The command that opens the proposed round, but for its name and closing date."""
    from aggregation.fitting import split_options  # noqa: PLC0415

    wishes = proposal.wishes
    parts = [
        f"subrosa round open --form {form_name} --name NAME --closes DATE --respondents {wishes.respondents}",
        f"--epsilon {wishes.epsilon:g} --delta {wishes.delta:g} --min-cohort {wishes.min_cohort}",
        f"--usable-margin {wishes.usable_margin:g} --minimum-responses {wishes.minimum_responses}",
        *(f"--by {','.join(group)}" for group in wishes.by),
        *split_options(wishes.splits),
    ]
    if proposal.left_out:
        parts.append(f"--leave-out {','.join(proposal.left_out)}")
    parts += [f"--merge {name}={','.join('+'.join(group) for group in groups)}" for name, groups in proposal.merged]
    return " \\\n    ".join(parts)
