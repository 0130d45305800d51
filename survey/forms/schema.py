"""What a form file may hold, checked with marshmallow; every fault names its place.

The canonical form is a form file too, with everything derived spelled out (``edges``, ``starts``,
``from`` and ``to``).
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from survey.forms.brackets import LARGEST, bin_starts, check_edges, edges_per_decade, zero_is_possible
from survey.forms.domains import answer_ids
from survey.forms.faults import check_form, check_ids, check_options
from survey.forms.fields import (
    MOST_CODES,
    SAID,
    UNIT,
    Flag,
    Rate,
    id_,
    list_of,
    nested,
    optional_text,
    text,
    whole,
)
from survey.forms.model import (
    Amount,
    Choice,
    Choices,
    Form,
    Okr,
    Option,
    Page,
    Ranking,
    Scale,
    Score,
    ShowIf,
)


class _Strict(Schema):
    error_messages = {  # noqa: RUF012  marshmallow reads it from the class
        "unknown": "is not a key that belongs here; remove it or check its spelling",
        "type": "must be a table",
    }


class _OptionSchema(_Strict):
    id = id_(required=True)
    label = text()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Option:
        return Option(**data)


class _ChoicesOptionSchema(_OptionSchema):
    alone = Flag(load_default=False, error_messages=SAID)


class _ShowIfSchema(_Strict):
    question = id_(required=True)
    any_of = list_of(id_())

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ShowIf:
        if len(set(data["any_of"])) < len(data["any_of"]):
            raise ValidationError("names an option twice; name it once", "any_of")
        return ShowIf(data["question"], tuple(data["any_of"]))


class _QuestionSchema(_Strict):
    id = id_(required=True)
    kind = fields.String(required=True)
    label = text()
    show_if = nested(_ShowIfSchema, load_default=None)


def _only(data: dict[str, Any], *names: str) -> None:
    """Exactly one of several ways to say a thing."""
    if sum(name in data for name in names) != 1:
        raise ValidationError(f"needs exactly one of {' and '.join(names)}")


class _ChoiceSchema(_QuestionSchema):
    options = list_of(_OptionSchema, 2)
    cohort = Flag(load_default=False, error_messages=SAID)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Choice:
        data["options"] = check_options(data["options"], "options")
        del data["kind"]
        return Choice(**data)


class _ChoicesSchema(_QuestionSchema):
    options = list_of(_ChoicesOptionSchema, 2)
    at_most = whole(1, MOST_CODES, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Choices:
        data["options"] = check_options(data["options"], "options")
        together = sum(not option.alone for option in data["options"])
        if data["at_most"] > together:
            raise ValidationError(f"only {together} options can be chosen together; take no more", "at_most")
        del data["kind"]
        return Choices(**data)


class _RankingSchema(_QuestionSchema):
    options = list_of(_OptionSchema, 2)
    top = whole(1, MOST_CODES, required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Ranking:
        data["options"] = check_options(data["options"], "options")
        if data["top"] > len(data["options"]):
            raise ValidationError(f"there are only {len(data['options'])} options; take no more", "top")
        del data["kind"]
        return Ranking(**data)


class _ScaleSchema(_QuestionSchema):
    points = whole(2, MOST_CODES)
    first = whole(-LARGEST, LARGEST, data_key="from")
    last = whole(-LARGEST, LARGEST, data_key="to")
    low = optional_text()
    high = optional_text()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Scale:
        if ("points" in data) == ("first" in data) or ("first" in data) != ("last" in data):
            raise ValidationError("needs either points, or both from and to")
        first, last = data.pop("first", 1), data.pop("last", None)
        last = data.pop("points") if last is None else last
        if not 2 <= last - first + 1 <= MOST_CODES:
            raise ValidationError(f"must be above 'from', by at most {MOST_CODES - 1}", "to")
        del data["kind"]
        return Scale(first=first, last=last, **data)


class _ScoreSchema(_QuestionSchema):
    points = whole(2, 100, required=True)
    items = list_of(_OptionSchema, 1, 100)
    bins = whole(2, MOST_CODES)
    starts = fields.List(whole(1, LARGEST), validate=validate.Length(2, MOST_CODES))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Score:
        _only(data, "bins", "starts")
        data["items"] = check_ids(data["items"], "items")
        bins = data.pop("bins", None) or len(data["starts"])
        sums = len(data["items"]) * (data["points"] - 1) + 1
        if bins > sums:
            raise ValidationError(f"the items add up to only {sums} different sums; take no more bins", "bins")
        starts = bin_starts(len(data["items"]), data["points"], bins)
        if data.pop("starts", None) not in (None, list(starts)):
            raise ValidationError("are not those of equal bins; give bins instead", "starts")
        del data["kind"]
        return Score(starts=starts, **data)


class _AmountSchema(_QuestionSchema):
    unit = text()
    units = fields.Dict(keys=fields.String(validate=UNIT), values=Rate(), load_default=dict, error_messages=SAID)
    lower = whole(1, LARGEST)
    upper = whole(2, LARGEST)
    per_decade = whole(1, 100)
    edges = fields.List(whole(-LARGEST, LARGEST), validate=validate.Length(1, error="needs at least one edge"))
    zero = optional_text()

    @validates_schema
    def check_units(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("units") and 1.0 not in data["units"].values():
            raise ValidationError("one of them must be the base unit, with the rate 1.0", "units")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Amount:
        _only(data, "per_decade", "edges")
        edges = _edges(data)
        if data["zero"] is not None and not zero_is_possible(edges):
            raise ValidationError("0 must be one of the edges, or lie below all of them", "zero")
        units = sorted(data["units"].items(), key=lambda unit: (unit[1] != 1.0, unit[0]))
        amount = Amount(data["id"], data["label"], data["unit"], tuple(units), edges, data["zero"], data["show_if"])
        if len(answer_ids(amount)) > MOST_CODES:
            raise ValidationError(f"make more than {MOST_CODES} brackets; take fewer", _way(data))
        return amount


def _way(data: dict[str, Any]) -> str:
    return "edges" if "edges" in data else "per_decade"


def _edges(data: dict[str, Any]) -> tuple[int, ...]:
    bounds = {"lower", "upper"} & set(data)
    if "edges" in data and bounds:
        raise ValidationError("do not go with edges, which say everything; remove them", min(bounds))
    if "per_decade" in data and (len(bounds) < 2 or data["lower"] >= data["upper"]):
        raise ValidationError("needs both lower and upper, and upper above lower", "per_decade")
    try:
        if "edges" in data:
            return check_edges(data["edges"])
        return edges_per_decade(data["lower"], data["upper"], data["per_decade"])
    except ValueError as error:
        raise ValidationError(str(error), _way(data)) from None


class _OkrSchema(_QuestionSchema):
    rows = whole(1, 50, required=True)
    objectives = list_of(_OptionSchema)
    key_results = list_of(_OptionSchema)
    progress = list_of(_OptionSchema)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Okr:
        for name in ("objectives", "key_results", "progress"):
            data[name] = check_options(data[name], name)
        pairs = len(data["objectives"]) * len(data["key_results"])
        if data["rows"] > pairs:
            raise ValidationError(f"there are only {pairs} pairs of objective and key result", "rows")
        del data["kind"]
        return Okr(**data)


_KINDS: dict[str, type[_QuestionSchema]] = {
    "choice": _ChoiceSchema,
    "choices": _ChoicesSchema,
    "ranking": _RankingSchema,
    "scale": _ScaleSchema,
    "score": _ScoreSchema,
    "amount": _AmountSchema,
    "okr": _OkrSchema,
}


class _Question(fields.Field[Any]):
    """A question, read by the schema of its kind."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("must be a table")
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            raise ValidationError({"kind": [f"must be one of {', '.join(_KINDS)}"]})
        return _KINDS[kind]().load(value)


class _PageSchema(_Strict):
    title = text()
    why = optional_text()
    question = list_of(_Question(), 1, 1000)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Page:
        if data["why"] is None and any(isinstance(one, Choice) and one.cohort for one in data["question"]):
            raise ValidationError("is missing; say in one sentence why the cohort questions are asked", "why")
        return Page(data["title"], data["why"], tuple(data["question"]))


class FormSchema(_Strict):
    """A whole form file: ``load`` gives a ``Form`` or raises marshmallow's ValidationError."""

    id = id_(required=True)
    title = text()
    intro = text()
    page = list_of(_PageSchema, 1, 100)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Form:
        form = Form(data["id"], data["title"], data["intro"], tuple(data["page"]))
        check_form(form)
        return form
