"""`subrosa plan`, and `round open` with its preset and its dry run."""

import json
import shlex
from xml.etree import ElementTree

import pytest
from societies import PULSE, later

from aggregation import planning, preset, promise, what_if
from privacy.accounting import rho_for
from survey.forms.loading import bundled

PLAN = ("plan", "--form", "hr-benchmark", "--respondents")
CLOSES = later(days=1)
OPEN = ("round", "open", "--form", "hr-benchmark", "--name", "spring", "--closes", CLOSES)


@pytest.fixture(scope="module")
def worked_out():
    return {}


@pytest.fixture(autouse=True)
def worked_out_once(worked_out, monkeypatch):
    """What the same form and the same wishes come to is worked out once for all tests here."""

    def remembered(work):
        def found(form, wishes):
            key = (work, repr((form, wishes)))
            if key not in worked_out:
                worked_out[key] = work(form, wishes)
            return worked_out[key]

        return found

    for module, name in ((promise, "plan"), (planning, "expect"), (what_if, "expect"), (preset, "propose")):
        monkeypatch.setattr(module, name, remembered(getattr(module, name)))


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A folder that no society lives in."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_plan_needs_no_society_and_says_the_same_each_time(ask, nowhere, worked_out):
    first = ask(*PLAN, 800, "--by", "size", "--split-only", "own_kpi")
    worked_out.clear()
    second = ask(*PLAN, 800, "--by", "size", "--split-only", "own_kpi")
    assert first.code == 0, first
    assert first.out == second.out
    for words in ("own_kpi by size", "epsilon 4", "no splits", "needs a term of epsilon", "first right"):
        assert words in first.out, words
    assert list(nowhere.iterdir()) == []


def test_a_plan_in_json_holds_every_table_and_change(ask, nowhere):
    found = json.loads(ask(*PLAN, 800, "--by", "size", "--split-only", "own_kpi", "--json").out)
    tables = {table["table"]: table for table in found["tables"]}
    split = tables["own_kpi@size"]
    assert 0 < split["margin"] < 0.15
    assert len(split["groups"]) == 5
    assert split["shown"] == pytest.approx(sum(group["chance"] for group in split["groups"]))
    assert tables["own_kpi@"]["first"]["noise"] > 0.9
    assert found["changes"][0]["change"].startswith("as planned")


def test_the_line_that_a_preset_prints_opens_what_it_proposed(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    found = json.loads(ask(*PLAN, 300, "--preset", "--json").out)
    line = found["open"].replace("\\\n", " ").replace("NAME", "spring").replace("DATE", CLOSES)
    promised = json.loads(ask(*shlex.split(line)[1:], "--dry-run", "--json").out)["promise"]
    preset = json.loads(ask(*OPEN, "--respondents", 300, "--preset", "--dry-run", "--json").out)["promise"]
    assert promised == preset
    assert {table["name"] for table in promised["tables"]} == {"@", *(table["table"] for table in found["tables"])}
    assert promised["epsilon"] == 3.0
    assert all(table["sampling"] > 0 for table in promised["tables"] if table["of"])


def test_a_dry_run_checks_everything_and_opens_nothing(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    before = sorted(str(path) for path in society.folder.rglob("*"))
    beyond = ask(*OPEN, "--respondents", 300, "--closes", later(days=4000), "--dry-run")
    assert beyond.code == 2
    assert "in the term" in beyond.err
    ran = ask(*OPEN, "--respondents", 300, "--dry-run")
    assert ran.code == 0, ran
    assert "Nothing was opened" in ran.out
    assert "priorities.1" in ran.out
    assert sorted(str(path) for path in society.folder.rglob("*")) == before
    assert "no rounds yet" in ask("round", "list").out


EQUAL = "; give --cohort-shares to plan with yours."


def test_a_preset_says_what_it_left_out_and_which_groups_it_took_as_equal(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    dry = (*OPEN, "--respondents", 300, "--preset", "--dry-run")
    found = json.loads(ask(*dry, "--json").out)
    (merged,) = found["merged"]
    assert found["left_out"]
    assert found["equal_groups"] == [cohort.id for cohort in bundled("hr-benchmark").cohorts]
    for ran in (ask(*dry), ask(*dry[:-1])):
        assert f"Left out, because they would make all others less exact: {', '.join(found['left_out'])}." in ran.out
        assert f"{merged[0]} with answers merged: {' with '.join(merged[1][0])}" in ran.out
        assert f"Equal groups assumed in {', '.join(found['equal_groups'])}{EQUAL}" in ran.out


def test_groups_are_called_equal_only_where_they_count_and_no_shares_are_given(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    pulse = ("--form", "pulse.toml", "--respondents", 300, "--accept-imprecise")
    society.write("pulse.toml", PULSE)
    opening = ("round", "open", *pulse, "--name", "spring", "--closes", CLOSES, "--dry-run")
    society.write("shares.toml", "[team]\nnorth = 0.7\nsouth = 0.3\n")
    for command in (("plan", *pulse), opening):
        assert "Equal groups" not in ask(*command).out
        assert f"Equal groups assumed in team{EQUAL}" in ask(*command, "--by", "team").out
        given = ask(*command, "--by", "team", "--cohort-shares", "shares.toml")
        assert given.code == 0
        assert "Equal groups" not in given.out


def test_a_placeholder_is_named_before_and_when_a_round_is_opened(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    pulse = ("round", "open", "--form", "team-pulse", "--closes", CLOSES, "--respondents", 150, "--name", "spring")
    written = society.config.read_text()
    for name, contact in ((True, True), (False, True), (False, False)):
        told = written if name else written.replace("Our society", "Society of the Rose")
        society.config.write_text(told if contact else told.replace("how to reach us", "Rose Road 1"))
        ran = ask(*pulse, "--dry-run")
        assert ran.code == 0
        assert ("the name 'Our society'" in ran.err) is name
        assert ("the contact 'how to reach us'" in ran.err) is contact
    society.config.write_text(written)
    opened = ask(*pulse)
    assert "the name 'Our society'" in opened.err
    assert "the contact 'how to reach us'" in opened.err


def test_with_a_society_a_plan_says_what_its_term_has_left(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    assert "term can pay it" in ask("plan", "--form", "team-pulse", "--respondents", 100).out
    assert "cannot pay it" in ask("plan", "--form", "team-pulse", "--respondents", 100, "--epsilon", 19).out


def test_the_ledger_says_what_is_promised_and_a_round_beyond_the_free_rest_names_the_epsilon_that_fits(
    ask, society, monkeypatch
):
    monkeypatch.chdir(society.folder)
    nothing = json.loads(ask("ledger", "--json").out)
    assert (nothing["promised"], nothing["free"]) == ({}, nothing["remaining"])
    assert "promised" not in ask("ledger").out
    pulse = ("round", "open", "--form", "team-pulse", "--closes", CLOSES, "--respondents", 150, "--name")
    assert ask(*pulse, "spring", "--epsilon", 5).code == 0
    found = json.loads(ask("ledger", "--json").out)
    rho = rho_for(5.0, 1e-6)
    assert found["promised"] == {"spring": pytest.approx(rho)}
    assert found["remaining"] == nothing["remaining"]
    assert found["free"] == pytest.approx(found["remaining"] - found["promised"]["spring"])
    assert f"is promised to rounds not measured yet: spring {rho:.5f}; free: {found['free']:.5f})" in ask("ledger").out
    refused = ask(*pulse, "summer", "--epsilon", 5)
    assert refused.code == 2
    fits = refused.err.partition("lower the round's epsilon to ")[2].partition(" at most")[0]
    planned = ask("plan", "--form", "team-pulse", "--respondents", 150, "--epsilon", 5).out
    assert f"The largest epsilon that the rest pays is {fits}" in planned
    assert ask(*pulse, "summer", "--epsilon", float(fits) + 0.01).code == 2
    assert ask(*pulse, "summer", "--epsilon", fits).code == 0
    assert json.loads(ask("ledger", "--json").out)["promised"].keys() == {"spring", "summer"}
    assert ask("round", "cancel", "spring", "--yes").code == 0
    assert json.loads(ask("ledger", "--json").out)["promised"].keys() == {"summer"}


def test_the_rounds_of_a_year_are_of_what_the_term_has_free(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    planning = ("plan", "--form", "team-pulse", "--respondents", 150, "--json")
    whole = json.loads(ask(*planning).out)
    assert whole["free"] == whole["term"]
    assert "A whole term of this society, epsilon 6, pays" in ask(*planning[:-1]).out
    opening = ("round", "open", "--form", "team-pulse", "--closes", CLOSES, "--respondents", 150, "--name", "spring")
    assert ask(*opening, "--epsilon", 4).code == 0
    less = json.loads(ask(*planning).out)
    assert less["term"] == whole["term"]
    assert 0 < less["free"]["benchmark"] < whole["free"]["benchmark"]
    paid = rho_for(less["free"]["benchmark"], 1e-6) + 3 * rho_for(less["free"]["pulse"], 1e-6)
    assert 0.95 * less["left"] < paid <= less["left"]
    said = f"is free of this society's term pays one benchmark of epsilon {less['free']['benchmark']:.2f} and 3 pulses"
    assert said in ask(*planning[:-1]).out


def test_a_split_too_many_is_refused_with_those_that_would_do(ask, society, monkeypatch):
    monkeypatch.chdir(society.folder)
    ran = ask(*OPEN, "--respondents", 300, "--by", "size", "--dry-run")
    assert ran.code == 2
    options = ran.err.partition("these would do: ")[2].partition(". Or accept")[0]
    assert options.startswith("--split ")
    assert ask(*OPEN, "--respondents", 300, *shlex.split(options), "--dry-run").code == 0
    assert ask(*OPEN, "--respondents", 300, "--by", "size", "--accept-imprecise", "--dry-run").code == 0


def test_the_picture_is_a_new_file(ask, nowhere):
    picture = nowhere / "plan.svg"
    assert ask("plan", "--form", "team-pulse", "--respondents", 100, "--picture", picture).code == 0
    assert "respondents" in ElementTree.parse(picture).getroot()[0].text  # noqa: S314 (our own)
    again = ask("plan", "--form", "team-pulse", "--respondents", 100, "--picture", picture)
    assert again.code == 2
    assert "--picture" in again.err


def test_an_earlier_release_says_how_many_answer(ask, nowhere):
    header = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status"
    release = nowhere / "release"
    release.mkdir()
    lines = (header, ",,,,,1,1,1,200,200,5,display,shown", "load,,,,(no answer),,,,100,100,5,,shown")
    (release / "tables.csv").write_text("\n".join(lines))
    found = json.loads(ask("plan", "--form", "team-pulse", "--respondents", 100, "--earlier", release, "--json").out)
    assert {table["table"]: table["answers"] for table in found["tables"]}["load@"] == 50
    refused = ask("plan", "--form", "team-pulse", "--respondents", 100, "--earlier", nowhere)
    assert refused.code == 2
    assert "--earlier" in refused.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--preset", "--by", "size"), "leave out --by"),
        (("--merge", "size"), "--merge takes"),
        (("--merge", "size=1-49+10"), "no answer '10'"),
        (("--leave-out", "mood"), "no question 'mood' to leave out"),
        (("--split", "own_kpi"), "--split takes"),
        (("--split", "mood@size"), "no question 'mood' to split"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_one_sentence(ask, nowhere, options, words):
    ran = ask(*PLAN, 300, *options)
    assert ran.code == 2
    assert words in ran.err
    assert ran.out == ""
