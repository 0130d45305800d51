"""Rounds whose promise is a real one, and ballots for them."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from a_round import Member, Round, make_round
from form_samples import every_kind

from aggregation.ballots import Ballot, BoxFile, write_box
from aggregation.promise import make_promise
from aggregation.wishes import Wishes
from survey.forms.model import Form
from survey.rounds.promise import Promise, PromisedTerm
from survey.sealing import Status

TERM = PromisedTerm("2026-01-01", "2026-12-31", 3.0, 1e-6)


def wishes(**others: object) -> Wishes:
    usual: dict[str, object] = {
        "respondents": 300,
        "epsilon": 2.0,
        "delta": 1e-6,
        "min_cohort": 10,
        "minimum_responses": 50,
        "usable_margin": 0.1,
        "beta": 0.05,
        "by": (("team",),),
        "split_only": (),
        "cohort_shares": {},
        "accept_imprecise": True,
    }
    return Wishes(**usual | others)


def promised(form: Form | None = None, **others: object) -> Promise:
    return make_promise(form or every_kind(), wishes(**others), TERM)


def every_kind_round(name: str = "every") -> Round:
    return make_round(name, form=every_kind(), promise=promised())


def ballot(
    round_: Round,
    record: bytes | None = None,
    revision: int = 1,
    status: Status = Status.ANSWERS,
    member: Member | None = None,
) -> Ballot:
    """What an honest intake holds of one member."""
    member = member or round_.member()
    sealed = round_.seal(member, record, revision, status)
    return Ballot(member.token.nonce, revision, member.token.authenticator, sealed)


def box(*ballots: Ballot) -> list[Ballot]:
    """Ballots as an honest intake hands them over."""
    return sorted(ballots, key=lambda one: one.nonce)


def with_sealed(one: Ballot, sealed: bytes) -> Ballot:
    return replace(one, sealed=sealed)


def box_file(path: Path, round_: Round, ballots: Sequence[Ballot]) -> BoxFile:
    """The box as it travels, opened."""
    with path.open("wb") as file:
        write_box(file, round_.manifest, round_.served, len(ballots), ballots)
    return BoxFile.open(path)


@dataclass(frozen=True)
class Held:
    """A portion that is here already. holding: what it says whenever it is asked whether it can hold something."""

    there: tuple[Ballot, ...]
    holding: bool = True

    def ballots(self) -> Iterator[Ballot]:
        return iter(self.there)

    def holds(self, *_what: object) -> bool:
        return self.holding

    def check(self) -> None:
        """It is."""


def split(ballots: Sequence[Ballot], *cuts: int) -> tuple[Held, ...]:
    """Ballots in portions that end at the cuts."""
    ends = [*sorted(cuts), len(ballots)]
    return tuple(Held(tuple(ballots[begin:end])) for begin, end in zip([0, *ends], ends, strict=False))


def forms_of(seed: bytes) -> tuple[bytes, ...]:
    """The ways in which a key could stand somewhere."""
    return seed, seed.hex().encode(), base64.b64encode(seed), base64.urlsafe_b64encode(seed), repr(seed).encode()
