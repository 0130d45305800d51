import pytest
from form_samples import EVERY_KIND

from survey.forms.loading import FormError, form_from_toml

TEAM = '{ id = "alpha", label = "Alpha, and more" }'


def faults(text):
    with pytest.raises(FormError) as caught:
        form_from_toml(text)
    return caught.value.faults


def changed(old, new):
    """The faults of the sample form after one change."""
    assert EVERY_KIND.count(old) == 1
    return faults(EVERY_KIND.replace(old, new))


def test_the_sample_itself_is_valid():
    assert len(form_from_toml(EVERY_KIND).questions) == 8


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('id = "every-kind"', 'id = "every-kind"\ncolour = "red"', "colour"),
        ('title = "Second"', 'title = "Second"\ncolour = "red"', "page 2, colour"),
        ("at_most = 3", "at_most = 3\ncolour = 1", "page 1, question 'tools', colour"),
        (
            TEAM,
            '{ id = "alpha", label = "A", colour = 1 }',
            "page 1, question 'team', option 'alpha', colour",
        ),
        (
            TEAM,
            '{ id = "alpha", label = "A", alone = true }',
            "page 1, question 'team', option 'alpha', alone",
        ),
        (
            'any_of = ["yes"] }',
            'any_of = ["yes"], none_of = [] }',
            "page 2, question 'mood', show_if, none_of",
        ),
    ],
)
def test_an_unknown_key_is_refused_and_its_place_named(old, new, place):
    assert changed(old, new) == (f"{place}: is not a key that belongs here; remove it or check its spelling",)


def test_an_unknown_kind_is_refused_with_those_there_are():
    (fault,) = changed('kind = "ranking"', 'kind = "essay"')
    assert fault == (
        "page 2, question 'first_things', kind: must be one of choice, choices, ranking, scale, score, amount, okr"
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            'id = "beta"',
            'id = "alpha"',
            "page 1, question 'team', options: two options have the id 'alpha'; give each its own",
        ),
        (
            'id = "keep"',
            'id = "grow"',
            "page 2, question 'okrs', objectives: two objectives have the id 'grow'; give each its own",
        ),
        (
            'id = "two", label',
            'id = "one", label',
            "page 2, question 'tired', items: two items have the id 'one'; give each its own",
        ),
        (
            'id = "pay"',
            'id = "team"',
            "page 2, question 'team', id: two questions have the id 'team'; give each its own",
        ),
    ],
)
def test_an_id_that_is_there_twice_is_refused(old, new, fault):
    assert changed(old, new) == (fault,)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('label = "Saw"', 'label = "Saw; sharp"', "tools', options: the label of 'saw' holds ';' or '|'"),
        ('label = "Grow"', 'label = "Grow|more"', "okrs', objectives: the label of 'grow' holds ';' or '|'"),
        ('label = "Saw"', 'label = "axe"', "the label of 'saw' is also the id or a label of 'axe'"),
        ('label = "Saw"', 'label = "Axe"', "the label of 'axe' is also the id or a label of 'saw'"),
        ('es = "Be"', 'es = "Gamma"', "the label of 'gamma' is also the id or a label of 'beta'"),
    ],
)
def test_a_label_that_a_table_could_not_tell_apart_is_refused(old, new, words):
    (fault,) = changed(old, new)
    assert words in fault


def test_an_option_may_have_its_own_id_as_its_label():
    assert form_from_toml(EVERY_KIND.replace('label = "Saw"', 'label = "saw"'))


@pytest.mark.parametrize("bad", ["Alpha", "al pha", "", "ä", "a.b", "a|b", "alpha\\n", "a" * 65])
def test_an_id_of_other_characters_is_refused(bad):
    (fault,) = changed(TEAM, f'{{ id = "{bad}", label = "A" }}')
    assert "an id is 1 to 64 of the characters" in fault


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ('""', "empty"),
        ('"  "', "empty"),
        ('"a\\nb"', "line break"),
        ("3", "must be a text"),
        ("{}", "must be a text"),
        ("{ en = 3 }", "empty"),
        ('{ English = "A" }', "a language is written"),
        ('{ "" = "A" }', "a language is written"),
    ],
)
def test_a_label_that_is_no_text_is_refused(label, words):
    (fault,) = changed(TEAM, f'{{ id = "alpha", label = {label} }}')
    assert fault.startswith("page 1, question 'team', option 'alpha', label: ")
    assert words in fault


def test_what_is_missing_is_named():
    assert changed('label = "Pay"\n', "") == ("page 2, question 'pay', label: is missing; add it",)
    assert changed('id = "every-kind"\n', "") == ("id: is missing; add it",)
    assert changed('id = "tools"\n', "") == ("page 1, question 3, id: is missing; add it",)


def test_a_page_with_a_cohort_says_why_it_asks():
    (fault,) = changed('why = "Figures are split by team."\n', "")
    assert fault.startswith("page 1, why: is missing")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('question = "team"', 'question = "nobody"', "lead', show_if: must name a question of kind choice"),
        ('question = "team"', 'question = "lead"', "lead', show_if: must name a question of kind choice"),
        ('question = "lead"', 'question = "tools"', "mood', show_if: must name a question of kind choice"),
        ('question = "team"', 'question = "mood"', "lead', show_if: must name a question of kind choice"),
        (
            'any_of = ["yes"]',
            'any_of = ["perhaps"]',
            "mood', show_if: names an option that 'lead' does not have",
        ),
        ('any_of = ["yes"]', "any_of = []", "mood', show_if, any_of: needs 1 to 255 entries"),
        ('any_of = ["yes"]', 'any_of = ["yes", "yes"]', "mood', show_if, any_of: names an option twice"),
        ("at_most = 3", "at_most = 5", "tools', at_most: only 4 options"),
        ("at_most = 3", "at_most = 0", "tools', at_most: must be from 1"),
        ("at_most = 3", "at_most = 3.0", "tools', at_most: must be a whole number"),
        ("at_most = 3", "at_most = true", "tools', at_most: must be a whole number"),
        ("at_most = 3", 'at_most = "3"', "tools', at_most: must be a whole number"),
        ("alone = true", "alone = 1", "tools', option 'none', alone: must be true or false"),
        ("cohort = true", 'cohort = "yes"', "team', cohort: must be true or false"),
        ("top = 3", "top = 5", "first_things', top: there are only 4"),
        ("from = -2\n", "", "mood': needs either points, or both from and to"),
        ("from = -2", "from = -2\npoints = 5", "mood': needs either points"),
        ("to = 2", "to = -2", "mood', to: must be above"),
        ("to = 2", "to = 253", "mood', to: must be above 'from', by at most 254"),
        ("bins = 4", "bins = 10", "tired', bins: the items add up to only 9"),
        ("bins = 4", "bins = 1", "tired', bins: must be from 2"),
        ("bins = 4", "", "tired': needs exactly one of bins and starts"),
        ("bins = 4", "starts = [2, 3]", "tired', starts: are not those of equal bins"),
        ("rows = 3", "rows = 5", "okrs', rows: there are only 4 pairs"),
    ],
)
def test_a_rule_between_parts_that_is_broken_is_named(old, new, words):
    (fault,) = changed(old, new)
    assert words in fault


EDGES = "edges = [-50, -10, 0, 10, 50]"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("", "needs exactly one of per_decade and edges"),
        (f"{EDGES}\nper_decade = 3\nlower = 1\nupper = 9", "needs exactly one of per_decade and edges"),
        (f"{EDGES}\nlower = 1", "lower: do not go with edges"),
        ("per_decade = 3\nlower = 1", "per_decade: needs both lower and upper"),
        ("per_decade = 3\nlower = 9\nupper = 9", "per_decade: needs both lower and upper"),
        ("per_decade = 3\nlower = 0\nupper = 9", "lower: must be from 1"),
        ("per_decade = 0\nlower = 1\nupper = 9", "per_decade: must be from 1"),
        ("per_decade = 90\nlower = 1\nupper = 9", "per_decade: two edges are the same"),
        ("per_decade = 90\nlower = 1000000\nupper = 9000000000", "per_decade: make more than 255 brackets"),
        ("edges = []", "edges: needs at least one edge"),
        ("edges = [0, 0]", "edges: two edges are the same"),
        ("edges = [10, 0]", "edges: two edges are the same or fall"),
        ("edges = [0, 1.5]", "edge 2: must be a whole number"),
        ("edges = [0, 9007199254740992]", "edge 2: must be from"),
        (f"edges = {list(range(255))}", "edges: make more than 255 brackets"),
        ("edges = [-5, 5]", "zero: 0 must be one of the edges, or lie below all of them"),
    ],
)
def test_brackets_that_cannot_be_are_refused(new, words):
    (fault,) = changed(EDGES, new)
    assert fault.startswith("page 2, question 'pay'")
    assert words in fault


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ("{ USD = 1.08 }", "units: one of them must be the base unit"),
        ("{ EUR = 1.0, USD = 0 }", "a rate must be a number above 0"),
        ("{ EUR = 1.0, USD = -1 }", "a rate must be a number above 0"),
        ("{ EUR = 1.0, USD = nan }", "a rate must be a number above 0"),
        ("{ EUR = 1.0, USD = true }", "a rate must be a number above 0"),
        ('{ EUR = 1.0, "US 1" = 1.1 }', "a unit is one to eight letters"),
    ],
)
def test_units_without_sense_are_refused(units, words):
    (fault,) = changed("units = { USD = 1.08, EUR = 1 }", f"units = {units}")
    assert fault.startswith("page 2, question 'pay', units")
    assert words in fault


def test_more_codes_than_a_byte_holds_are_refused():
    options = ", ".join(f'{{ id = "o{number}", label = "Option {number}" }}' for number in range(256))
    (fault,) = changed(TEAM, options)
    assert fault == "page 1, question 'team', options: needs 2 to 255 entries"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('id = "x"\ntitle = "X"\nintro = "X"', "page: is missing"),
        ('id = "x"\ntitle = "X"\nintro = "X"\npage = []', "page: needs 1 to 100 entries"),
        ('id = "x"\ntitle = "X"\nintro = "X"\npage = 3', "page: must be a list"),
        ('id = "x"\ntitle = "X"\nintro = "X"\npage = [3]', "page 1: must be a table"),
        (
            'id = "x"\ntitle = "X"\nintro = "X"\npage = [{ title = "P", question = [3] }]',
            "question 1: must be a table",
        ),
    ],
)
def test_a_form_of_another_shape_is_refused(text, words):
    assert any(words in fault for fault in faults(text))


def test_all_faults_are_told_and_the_message_holds_the_first():
    text = EVERY_KIND.replace("at_most = 3", "at_most = 0").replace("top = 3", "top = 0")
    with pytest.raises(FormError) as caught:
        form_from_toml(text)
    assert len(caught.value.faults) == 2
    assert str(caught.value) == f"{caught.value.faults[0]} (and 1 more)"
