"""A smaller form out of a larger one: fewer questions, or fewer groups to split by.

A small round cannot carry all that a form asks. What is made here is a form like any other, with a digest of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from survey.forms.canonical import canonical_form
from survey.forms.faults import FormError
from survey.forms.labels import Label
from survey.forms.loading import form_from_canonical
from survey.forms.model import Choice, Form, Option, Question, ShowIf


def without(form: Form, questions: Iterable[str]) -> Form:
    """The form without these questions.

    Raises: FormError naming a question that it does not have, or that decides whether one that stays is asked.
    """
    known, out = {question.id for question in form.questions}, set(questions)
    if unknown := sorted(out - known):
        raise FormError(f"{form.id} has no question '{unknown[0]}' to leave out")
    for question in form.questions:
        if question.id not in out and (missing := [name for name in decided_by(form, question) if name in out]):
            raise FormError(
                f"'{question.id}' is asked only after some answers to '{missing[0]}': leave out both or none"
            )
    pages = (replace(page, questions=tuple(q for q in page.questions if q.id not in out)) for page in form.pages)
    return _checked(replace(form, pages=tuple(page for page in pages if page.questions))) if out else form


def decided_by(form: Form, question: Question) -> tuple[str, ...]:
    """The question and all before it whose answers decide whether it is asked."""
    if question.show_if is None:
        return (question.id,)
    return (*decided_by(form, form.question(question.show_if.question)), question.id)


def merged(form: Form, cohort: str, groups: Sequence[Sequence[str]]) -> Form:
    """The form with answers of one cohort question put together; each group is one answer, in place of its first.

    Answers in no group stay as they are. Ids are joined by "_or_", labels by " / ".
    Raises: FormError, also if a question is asked after some but not all answers of a group.
    """
    question = next((one for one in form.cohorts if one.id == cohort), None)
    if question is None:
        names = ", ".join(one.id for one in form.cohorts) or "none"
        raise FormError(
            f"'{cohort}' is not a cohort question of {form.id}, whose answers could be merged; it has {names}"
        )
    new_of = _new_options(question, groups)
    options = tuple(dict.fromkeys(new_of.values()))
    pages = tuple(
        replace(
            page, questions=tuple(_follow(one, replace(question, options=options), new_of) for one in page.questions)
        )
        for page in form.pages
    )
    return _checked(replace(form, pages=pages))


def _new_options(question: Choice, groups: Sequence[Sequence[str]]) -> dict[str, Option]:
    """Old option id -> the option it becomes, in the order of the question."""
    known = {option.id: option for option in question.options}
    named = [name for group in groups for name in group]
    if unknown := [name for name in named if name not in known]:
        raise FormError(f"{question.id} has no answer '{unknown[0]}' to merge")
    if len(named) != len(set(named)):
        raise FormError(f"{question.id}: an answer can be merged into one group only")
    new_of = dict(known)
    for group in groups:
        together = [known[name] for name in known if name in group]
        new_of |= dict.fromkeys((option.id for option in together), _together(together))
    return new_of


def _together(options: Sequence[Option]) -> Option:
    languages = sorted({language for option in options for language in option.label.languages}) or [""]
    texts = {language: " / ".join(option.label.text(language) for option in options) for language in languages}
    return Option("_or_".join(option.id for option in options), Label.of(texts))


def _follow(question: Question, changed: Choice, new_of: dict[str, Option]) -> Question:
    """The question in the changed form: itself changed, or asked after the answers that those before have become."""
    if question.id == changed.id:
        return changed
    if question.show_if is None or question.show_if.question != changed.id:
        return question
    before = question.show_if.any_of
    after = tuple(dict.fromkeys(new_of[name].id for name in before))
    if any(new_of[name].id in after for name in new_of if name not in before):
        raise FormError(f"{question.id} is asked after some of the merged answers of {changed.id} only; merge others")
    return replace(question, show_if=ShowIf(changed.id, after))


def _checked(form: Form) -> Form:
    return form_from_canonical(canonical_form(form))
