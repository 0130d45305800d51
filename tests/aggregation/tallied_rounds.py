"""Rounds whose promise is a real one, and ballots for them."""

from dataclasses import replace

from a_round import Member, Round, make_round
from form_samples import every_kind

from aggregation.ballots import Ballot
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
