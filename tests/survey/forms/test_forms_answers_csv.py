import csv
import io
import random
from pathlib import Path

import pytest
from form_samples import every_kind, forms, some_answers
from hypothesis import given
from hypothesis import strategies as st

from survey.forms.answers_csv import AnswersError, header, read_answers, template
from survey.forms.brackets import bin_of, bracket_of
from survey.forms.codec import decode, encode
from survey.forms.loading import bundled, bundled_names

FORM = every_kind()
COLUMNS = header(FORM)


def table(*rows, columns=COLUMNS):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([[row.get(column, "") for column in columns] for row in rows])
    stream.seek(0)
    return stream


def read(text):
    return list(read_answers(FORM, io.StringIO(text, newline="")))


def one(**cells):
    (record,) = read_answers(FORM, table(cells))
    return decode(FORM, record)


def fault(stream):
    with pytest.raises(AnswersError) as caught:
        list(read_answers(FORM, stream if hasattr(stream, "read") else io.StringIO(stream, newline="")))
    return caught.value


def test_a_template_is_the_header_and_reads_back_without_rows():
    assert template(FORM) == "team,lead,tools,first_things,mood,tired,pay,okrs\r\n"
    assert read(template(FORM)) == []


def test_every_kind_has_its_way_into_a_cell():
    answers = one(
        team="gamma",
        lead="yes",
        tools="drill; saw",
        first_things="d;a",
        mood="-2",
        tired="9",
        pay="12.5",
        okrs="keep|churn|done;grow | score | late",
    )
    assert answers == {
        "team": "gamma",
        "lead": "yes",
        "tools": ("saw", "drill"),
        "first_things": ("d", "a"),
        "mood": -2,
        "tired": "8-10",
        "pay": "10-50",
        "okrs": (("grow", "score", "late"), ("keep", "churn", "done")),
    }


def test_labels_of_any_language_do_as_well_as_ids():
    assert one(team="Alpha, and more", tools="Saw;Drill") == {"team": "alpha", "tools": ("saw", "drill")}
    assert one(team="Be", okrs="Grow|Churn|Late") == {"team": "beta", "okrs": (("grow", "churn", "late"),)}


@pytest.mark.parametrize(
    ("cell", "bracket"),
    [
        ("10", "10-50"),
        ("9.99", "0-10"),
        ("0", "zero"),
        ("-0.0", "zero"),
        ("-50", "-50--10"),
        ("+5e1", "from-50"),
        ("10.8 USD", "10-50"),
        ("10.7USD", "0-10"),
        ("10 EUR", "10-50"),
    ],
)
def test_amounts_are_numbers_and_may_carry_a_unit(cell, bracket):
    assert one(pay=cell) == {"pay": bracket}


def test_columns_may_come_in_any_order_and_empty_ones_may_follow():
    text = "pay,lead,team,tools,first_things,mood,tired,okrs,,\n1,,beta,,,,,,,\n"
    assert [decode(FORM, record) for record in read(text)] == [{"team": "beta", "pay": "0-10"}]


def test_a_byte_order_mark_and_quotes_around_the_header_do_no_harm():
    quoted = "\ufeff" + ",".join(f'"{column}"' for column in COLUMNS)
    assert len(read(quoted + "\r\nbeta,,,,,,,\r\n")) == 1


def test_rows_without_any_answer_are_skipped_but_counted():
    text = template(FORM) + "beta,,,,,,,\r\n\r\n,,,,,,,\r\nbeta,,,,,,,\r\n"
    assert len(read(text)) == 2
    assert fault(text + "nowhere,,,,,,,\r\n").row == 6


def test_a_row_is_counted_as_a_spreadsheet_does_even_with_line_breaks_in_quotes():
    text = template(FORM) + 'beta,,"saw;\n\naxe",,,,,\r\nnowhere,,,,,,,\r\n'
    assert fault(text).row == 3


def test_rows_before_a_fault_are_given_out():
    rows = read_answers(FORM, table({"team": "alpha"}, {"team": "nowhere"}))
    assert decode(FORM, next(rows)) == {"team": "alpha"}
    with pytest.raises(AnswersError, match="row 3, column team"):
        next(rows)


def test_every_faulty_row_is_told_and_what_stands_there_is_not():
    error = fault(table({"team": "canary-1"}, {"team": "beta"}, {"mood": "canary-2", "pay": "canary-3"}, {"pay": "x"}))
    assert (error.row, error.column) == (2, "team")
    fourth, fifth = error.__notes__  # the row between them is whole
    assert fourth.startswith("row 4, column mood: is not a whole number")
    assert fifth.startswith("row 5, column pay: is not a number")
    assert "canary" not in f"{error}{error.__notes__}"


@pytest.mark.parametrize("faulty", [1, 20, 21, 137])
def test_twenty_faulty_rows_are_told_and_then_how_many_more(faulty):
    error = fault(table(*[{"team": "beta"}, {"team": "nowhere"}] * faulty))
    told = [str(error), *getattr(error, "__notes__", ())]
    assert [line.partition(",")[0] for line in told[:20]] == [f"row {3 + 2 * i}" for i in range(min(faulty, 20))]
    assert told[20:] == ([f"Further rows with faults: {faulty - 20}."] if faulty > 20 else [])


def test_a_fault_after_which_nothing_can_be_read_is_the_last_that_is_told():
    error = fault(template(FORM) + 'nowhere,,,,,,,\r\n"beta"x,,,,,,,\r\nnowhere,,,,,,,\r\n')
    assert error.row == 2
    assert ["row 3" in note and "quotes" in note for note in error.__notes__] == [True]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("team", "Nowhere", "not one of its answers"),
        ("team", "ALPHA", "not one of its answers"),
        ("team", "alpha;beta", "not one of its answers"),
        ("tools", "saw;chisel", "not one of its answers"),
        ("tools", "saw;saw", "twice"),
        ("tools", "saw;", "empty answer"),
        ("tools", "none;saw", "stand alone"),
        ("tools", "saw;axe;drill;plane", "at most 3"),
        ("first_things", "a;;b", "empty answer"),
        ("first_things", "a;b;c;d", "at most 3"),
        ("tired", "-7", "between 2 and 10"),
        ("tired", "11", "between 2 and 10"),
        ("tired", "8-10", "whole number"),
        ("tired", "4.5", "whole number"),
        ("pay", "nan", "not a number"),
        ("pay", "inf", "not a number"),
        ("pay", "-Infinity", "not a number"),
        ("pay", "1e999", "not a number"),
        ("pay", "1,200", "not a number"),
        ("pay", "1_200", "not a number"),
        ("pay", "٤٢", "not a number"),
        ("pay", "12 50", "not a number"),
        ("pay", "0x10", "not a number"),
        ("pay", "10-50", "not a number"),
        ("pay", "1200 GBP", "unit"),
        ("okrs", "grow|churn", "objective|key_result|progress"),
        ("okrs", "grow|churn|late|done", "objective|key_result|progress"),
        ("okrs", "churn|grow|late", "not one of its answers"),
        ("okrs", "grow||late", "empty answer"),
        ("okrs", "grow|churn|late;grow|churn|done", "twice"),
    ],
)
def test_a_cell_outside_the_form_names_row_and_column_but_never_the_value(column, cell, reason):
    error = fault(table({"team": "beta"}, {column: cell}))
    assert (error.row, error.column) == (3, column)
    assert reason in error.reason
    shown = error
    while shown is not None:  # whatever a traceback might print
        assert cell not in str(shown).replace("objective|key_result|progress", "")
        shown = shown.__cause__ or shown.__context__


@pytest.mark.parametrize("cell", ["3", "-3", "1.0", "yes", "²", "1" * 5000])
def test_a_point_outside_its_scale_is_refused(cell):
    error = fault(table({"team": "alpha", "lead": "yes", "mood": cell}))
    assert (error.row, error.column) == (2, "mood")


def test_an_answer_to_a_question_that_was_not_asked_is_refused():
    error = fault(table({"team": "beta", "lead": "yes"}))
    assert (error.row, error.column) == (2, "lead")
    assert "not asked" in error.reason


def test_an_unknown_column_is_named_by_its_letter_and_not_repeated():
    error = fault(table(columns=[*COLUMNS, "secret"]))
    assert (error.row, error.column) == (1, "I")
    assert "secret" not in str(error)


def test_a_missing_column_is_named():
    error = fault(table(columns=[column for column in COLUMNS if column != "mood"]))
    assert (error.row, error.column, "missing" in error.reason) == (1, "mood", True)


def test_a_column_that_is_there_twice_is_named():
    error = fault(table(columns=[*COLUMNS, "pay"]))
    assert (error.row, error.column, "twice" in error.reason) == (1, "pay", True)


def test_an_empty_file_misses_its_first_column():
    assert fault("").column == "team"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_with_other_separators_is_told_apart(separator):
    assert "commas" in fault(separator.join(COLUMNS) + "\r\n").reason


def test_a_row_with_too_few_or_too_many_cells_is_refused():
    assert "fewer cells" in fault(template(FORM) + "beta,,,\r\n").reason
    assert "more cells" in fault(template(FORM) + "beta,,,,,,200,,1\r\n").reason


@pytest.mark.parametrize("row", ['"beta,,,,,,,\r\n', '"beta"x,,,,,,,\r\n'])
def test_broken_quotes_are_refused(row):
    error = fault(template(FORM) + row)
    assert (error.row, error.column) == (2, "")
    assert "quotes" in error.reason


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = Path(tmp_path) / "answers.csv"
    path.write_bytes(template(FORM).encode() + "señal,,,,,,,\r\n".encode("latin-1"))
    with path.open(encoding="utf-8", newline="") as stream:
        error = fault(stream)
    assert "UTF-8" in error.reason
    assert "señal" not in str(error)


def _cell(question, answer, chance):
    """One way to write an answer into a table."""
    if question.kind == "okr":
        return ";".join("|".join(row) for row in answer)
    if question.kind in ("choices", "ranking"):
        return ";".join(answer)
    if question.kind == "amount":
        values = [edge + shift for edge in question.edges for shift in (-0.5, 0, 0.5)] + [0]
        return str(chance.choice([value for value in values if bracket_of(question, value) == answer]))
    if question.kind == "score":
        sums = range(len(question.items), len(question.items) * question.points + 1)
        return str(chance.choice([total for total in sums if bin_of(question, total) == answer]))
    return str(answer)


@given(form=st.one_of(st.just(FORM), forms()), seed=st.integers(0, 2**32))
def test_a_table_gives_the_same_records_as_the_codec(form, seed):
    chance = random.Random(seed)
    people = [answers for _ in range(5) if (answers := some_answers(form, chance))]
    rows = [
        {name: _cell(form.question(name), answer, chance) for name, answer in answers.items()} for answers in people
    ]
    columns = chance.sample(header(form), len(header(form)))
    records = list(read_answers(form, table(*rows, columns=columns)))
    assert records == [encode(form, answers) for answers in people]


@pytest.mark.parametrize("name", bundled_names())
def test_the_template_of_a_bundled_form_is_accepted(name):
    form = bundled(name)
    assert list(read_answers(form, io.StringIO(template(form), newline=""))) == []
