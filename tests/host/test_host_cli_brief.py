"""`publish --brief` and `--outside`: what a host writes in TOML, published and verified."""

from pathlib import Path

import pytest
from societies import Society, enter_directly, opened, some_rows

from host.lifecycle import close
from survey.rounds.times import now

OUTSIDE = """
[[figure]]
question = "tools"
answer = "pen"
value = 0.31
source = "A study of pens"
year = 2025
"""
ASK = 'decision = "A pen for everybody."\ncost = "40 EUR"\nmeasure = "Pens lost"\nstop = "Half are lost"\n'


@pytest.fixture
def tallied(society: Society, ask, monkeypatch: pytest.MonkeyPatch) -> Society:
    monkeypatch.chdir(society.folder)
    enter_directly(society, opened(society), some_rows(6))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    assert ask("tally", "spring").code == 0
    society.write("outside.toml", OUTSIDE)
    society.write("ask.toml", ASK)
    return society


def test_a_brief_and_outside_figures_become_part_of_a_release_that_verifies(tallied: Society, ask) -> None:
    for more, out in ((("--outside", "outside.toml", "--brief", "ask.toml"), "one"), (("--brief",), "two")):
        ran = ask("publish", "spring", "--out", out, *more)
        assert ran.code == 0
        asks_nothing = "asks for nothing: you gave no ask, and this release has no guide to take one from." in ran.out
        assert asks_nothing == (out == "two"), ran.out
        assert (Path(out) / "brief.pdf").read_bytes().startswith(b"%PDF-")
        assert ask("verify", out, "--key", f"{out}/../one/public_key.pem").code == 0
    assert "A study of pens" in (Path("one") / "index.html").read_text()
    assert (Path("two") / "brief.json").read_bytes() == b"{}"
    assert not (Path("two") / "outside.json").exists()


def test_what_cannot_be_used_is_refused_in_one_sentence_and_nothing_is_published(tallied: Society, ask) -> None:
    for option, text, said in (
        ("--outside", "[[figure]]\n", "Outside figure 1"),
        ("--outside", OUTSIDE.replace("pen", "hammer", 1), "'hammer' is not an answer to 'tools'"),
        ("--outside", "figure", "--outside cannot be read"),
        ("--brief", 'reason = "x"\n', "give decision, cost, measure, stop"),
        ("--brief", "decision =", "--brief cannot be read"),
    ):
        tallied.write("given.toml", text)
        ran = ask("publish", "spring", option, "given.toml")
        assert ran.code == 2, ran
        assert said in ran.err
        assert "Traceback" not in ran.err
    missing = ask("publish", "spring", "--brief", "no-such-file.toml")
    assert "--brief cannot be read: there is no file 'no-such-file.toml'; check its name." in missing.err
    assert not list(tallied.house.releases.glob("*"))
