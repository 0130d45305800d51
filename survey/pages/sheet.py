"""A conversation sheet as one page to print: no script, no field to fill in, no network, nothing collected."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from survey.forms.model import Form
from survey.forms.sheets import Sheet


def sheet_page(form: Form, sheet: Sheet, language: str) -> str:
    """The whole page as HTML, for A4. ``language``: as labels have it, or "" for a form that names none.

    Every text is escaped: form and sheet may be written by somebody else.
    """
    environment = Environment(
        loader=PackageLoader("survey.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    topics = {topic.question: topic for topic in sheet.topics}
    return environment.get_template("sheet.html").render(language=language, form=form, sheet=sheet, topics=topics)
