"""The ways to every kind of screen that a respondent can come to, for tests of how each of them looks."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from societies import Society, enter_directly, opened, some_rows
from visits import FOUND, SENT, Steps, link

from host.inviting import revoke_code
from host.lifecycle import cancel, close
from host.opening import Dates
from survey.registrar.codes import new_code
from survey.rounds.manifest import Manifest
from survey.rounds.times import now

KEEP = "Keep my pass on this device, so that I can change or take back my answers until the round closes"
SEVERAL = ["at", "Which round?"]


@dataclass(frozen=True)
class Rounds:
    """A society's rounds in every state, and the address of a published release."""

    society: Society
    kinds: Manifest
    pulse: Manifest
    early: Manifest
    ended: Manifest
    cancelled: Manifest
    release: str

    def url(self, path: str) -> str:
        return self.society.url("site", path)

    def to(self, manifest: Manifest, code: str = "") -> str:
        return self.url(f"/round#{manifest.id}{'.' if code else ''}{code}")


def in_every_state(society: Society, kinds: Manifest, pulse: Manifest) -> Rounds:
    """Further rounds beside the open ones: not open yet, closed, cancelled, and one that is published."""
    house = society.house
    later = now() + timedelta(days=2)
    early = opened(society, "early", dates=Dates(later, *[later + timedelta(days=1)] * 2), epsilon=0.3)
    ended, cancelled, past = (opened(society, name, epsilon=0.3) for name in ("ended", "cancelled", "past"))
    close(house, house.rounds.find(ended.id), now(), early=True)
    cancel(house, house.rounds.find(cancelled.id), now())
    enter_directly(society, past, some_rows(60))
    close(house, house.rounds.find(past.id), now(), early=True)
    society.does("tally", "past")
    published = Path(society.json("publish", "past")["release"])
    release = society.url("site", f"/releases/{published.name}/index.html")
    return Rounds(society, kinds, pulse, early, ended, cancelled, release)


def site(rounds: Rounds) -> Steps:
    """The pages that need no program."""
    return [
        ["unfold_all"],
        ["look", "home"],
        ["goes", rounds.url("/nowhere")],
        ["look", "missing"],
    ]


def answering() -> Steps:
    """From an invitation to the form with every kind of question, and all the way to answers that are taken back."""
    return [
        ["at", "What moves the needle"],
        ["unfold_all"],
        ["look", "promise"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["look", "code from a link"],
        ["click", "Use my code"],
        ["at", "Where you work"],
        ["tick", "industry", "Health and social care"],
        ["tick", "size", "50 to 249"],
        ["look", "choice"],
        ["click", "Next"],
        ["at", "What you are working on"],
        ["pick", "priorities", 0, "Developing leaders and managers"],
        ["pick", "okrs", 0, "A place where people like to work"],
        ["look", "ranking and okr"],
        ["click", "Next"],
        ["at", "What stands in the way"],
        *[["tick", "blockers", label] for label in ("It costs too much", "No proof that it pays off")],
        ["tick", "blockers", "Legal or reputational risk"],  # all three are taken: the others are not to be had
        ["look", "choices and scale"],
        ["click", "Next"],
        ["at", "What you have"],
        ["type", "people_budget", "1,234.56"],
        ["point", "burnout", 0, 5],
        ["look", "amount and score"],
        ["click", "Next"],
        ["at", "Look it over"],
        ["look", "review"],
        ["check", KEEP],
        ["click", "Send my answers"],
        ["at", SENT],
        ["look", "sent, and kept"],
        ["reload"],
        ["at", FOUND],
        ["look", "found"],
        ["click", "Go on"],
        ["at", SENT],
        ["click", "Take my answers back"],
        ["at", "Your answers are taken back"],
        ["look", "taken back"],
    ]


def small_round() -> Steps:
    """A short form, nothing kept; and what the page says when it is opened again."""
    return [
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["click", "Use my code"],
        ["at", "You"],
        ["look", "short form"],
        ["click", "Next"],
        ["at", "Look it over"],
        ["click", "Send my answers"],
        ["at", SENT],
        ["look", "sent"],
        ["reload"],
        ["at", "Your answers were sent from this browser"],
        ["look", "was sent"],
    ]


def stops(rounds: Rounds, used: str) -> Steps:
    """Where it does not go on, from an address that names no round."""
    revoked = link(rounds.society, rounds.pulse)
    revoke_code(rounds.society.house, rounds.society.house.rounds.find(rounds.pulse.id), revoked)
    return [
        SEVERAL,
        ["look", "which round"],
        ["goes", rounds.to(rounds.ended)],
        ["at", "This round is closed"],
        ["look", "closed"],
        ["goes", rounds.to(rounds.cancelled)],
        ["at", "This round was cancelled"],
        ["look", "cancelled"],
        ["goes", rounds.to(rounds.early)],
        ["at", "This round has not opened yet"],
        ["look", "not yet open"],
        ["goes", rounds.url(f"/round#{'0' * 64}")],
        ["at", "There is no such round here"],
        ["look", "unknown round"],
        *_with_code(rounds.to(rounds.pulse, new_code()), "This round does not know the code"),
        *_with_code(revoked, "This code was taken back"),
        *_with_code(used, "This code was used already"),
        ["goes", rounds.to(rounds.pulse)],
        ["at", "Pulse"],
        ["unfold_all"],
        ["look", "promise without a link"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["fill", "Code", "abcde-fghij"],
        ["click", "Use my code"],
        ["reads", "A code has 26 letters and digits."],
        ["look", "half a code"],
    ]


def _with_code(address: str, title: str) -> Steps:
    return [
        ["goes", address],
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["click", "Use my code"],
        ["at", title],
        ["look", title],
    ]


def faults_of_others(rounds: Rounds) -> list[tuple[str, Steps, dict[str, Any]]]:
    """Services, networks and browsers that fail: an address, the steps, and what happens before it is opened."""
    address = link(rounds.society, rounds.pulse)
    other = rounds.society.house.rounds.find(rounds.kinds.id).served.decode()
    to_the_code = [["at", "Pulse"], ["click", "Go on"], ["at", "Your code"], ["click", "Use my code"]]
    wrong_round = "Stop: this is not the round you were invited to"
    on_its_way = [*to_the_code, ["at", "You"], ["click", "Next"], ["click", "Send my answers"], ["hangs"], ["reload"]]
    as_a_file = ["check", "Let me save my pass as a file instead"]
    return [
        (
            link(rounds.society, rounds.pulse),
            [
                *on_its_way,
                ["at", FOUND],
                ["look", "on its way"],
                as_a_file,
                ["click", "Go on"],
                ["at", SENT],
                ["look", "file"],
            ],
            {"before": [["lose", "PUT", "/response", 0, ["hang"]]]},
        ),
        (address, [["at", wrong_round], ["look", "mismatch"]], {"before": [["answer", "/manifest", 1, other]]}),
        (
            address,
            [["at", "This browser lacks what is needed"], ["look", "lacks"]],
            {"before": [["lack", "Ed25519"]]},
        ),
        (
            address,
            [["at", "That did not work"], ["look", "no answer"]],
            {"before": [["hurry"], ["lose", "GET", "/closing", 0, ["out"] * 5]]},
        ),
        (
            address,
            [*to_the_code, ["at", "Stop: the registrar gave a pass that is not valid"], ["look", "bad pass"]],
            {"before": [["answer", "/token-request", 0, "0" * 256, "POST"]]},
        ),
        (
            rounds.url("/round"),
            [["at", "No round is open"], ["look", "no round"]],
            {"before": [["rewrite", "/round", ["&#34;open&#34;", "&#34;closed&#34;"]]]},
        ),
        # Axe is a script itself: it gets to see these two only as if one could run there.
        (rounds.release, [["look", "release"]], {"before": [["unguarded", "/releases/"]]}),
        (
            rounds.url("/round"),
            [["look", "no JavaScript"]],
            {"before": [["rewrite", "/round", ["noscript>", "div>"], ["module", "none"]]]},
        ),
    ]
