"""Opening a round: keys are made, the promise is worked out and signed, and only then the round exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregation.promise import make_promise
from aggregation.wishes import Wishes
from host.folders import destroy, private_folder
from host.house import House
from host.keys import destroy_sealing_key, new_sealing_key, read_signing_key, save_issuer, save_mail_key
from host.members import enter_members
from privacy.errors import BudgetExceeded
from survey.forms.model import Form
from survey.registrar.issuing import Issuer
from survey.registrar.mail_addresses import MailAddress, is_free_mail
from survey.registrar.mail_keys import MailKey
from survey.rounds.closing import Phase, phase
from survey.rounds.eligibility import CODES_ONLY, Eligibility
from survey.rounds.manifest import Manifest, Service, sign_manifest
from survey.rounds.promise import PromisedTerm
from survey.rounds.times import stamp

if TYPE_CHECKING:
    from survey.rounds.folder import RoundsFolder


class OpeningError(ValueError):
    """A round that cannot be opened as it was asked for."""


@dataclass(frozen=True, slots=True)
class Dates:
    """When a round takes responses, and how far its closing may be moved."""

    opens: datetime
    closes: datetime
    closes_latest: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may take part, and the members whose addresses are taken where only theirs are."""

    eligibility: Eligibility = CODES_ONLY
    members: tuple[MailAddress, ...] = ()


def open_round(
    house: House,
    form: Form,
    name: str,
    dates: Dates,
    wishes: Wishes,
    sealing_key: bytes | None,
    admission: Admission = Admission(),
) -> Manifest:
    """Open a round and publish its manifest.

    sealing_key: the public key of a tally elsewhere; None makes one in this machine's tally folder.
    Raises: OpeningError, PromiseError, BudgetExceeded, KeyMissing. Nothing is published then.
    """
    with house.rounds.changing():
        return _open_round(house, form, name, dates, wishes, sealing_key, admission)


def _open_round(
    house: House,
    form: Form,
    name: str,
    dates: Dates,
    wishes: Wishes,
    sealing_key: bytes | None,
    admission: Admission,
) -> Manifest:
    rounds = house.rounds
    _check(house, rounds, name, dates)
    if wishes.minimum_responses > wishes.respondents:
        raise OpeningError("--minimum-responses is more than --respondents: such a round would never be measured.")
    _check_sealing_key(house, rounds, sealing_key)
    _check_admission(house, admission.eligibility)
    _check_terms(house, rounds, dates.opens)
    signing = read_signing_key(house.signing_key)
    term = house.config.term
    promise = make_promise(
        form,
        wishes,
        PromisedTerm(term.start.isoformat(), term.end.isoformat(), term.epsilon, term.delta),
    )
    _check_budget(house, rounds, promise.rho, dates.opens)
    issuer = Issuer.generate()
    public = sealing_key or new_sealing_key(private_folder(house.tally_keys))
    manifest = Manifest(
        name=name,
        society=house.config.society,
        contact=house.config.contact,
        form=form,
        opens=dates.opens,
        closes=dates.closes,
        closes_latest=dates.closes_latest,
        services=_services(house),
        issuer_name=urlsplit(house.config.registrar.url).netloc,
        origin_info=urlsplit(house.config.intake.url).netloc,
        token_key=issuer.public.spki,
        sealing_key=public,
        host_key=signing.public_key().public_bytes_raw(),
        eligibility=admission.eligibility,
        promise=promise,
    )
    # Keys first: a round that people can see always has its keys; a key without a round harms nobody.
    try:
        private_folder(house.issuer_key(manifest.id).parent)
        save_issuer(house.issuer_key(manifest.id), issuer)
        _prepare_mail(house, manifest, admission)
        return rounds.add(sign_manifest(manifest, signing))
    except BaseException:
        # The manifest goes first; if it cannot be taken back, the keys it promises stay.
        if manifest.id in rounds.ids():
            rounds.remove(manifest.id)
        destroy(house.issuer_key(manifest.id))
        _forget_mail(house, manifest, admission)
        if sealing_key is None:
            destroy_sealing_key(house.tally_keys, public)
        raise


def _prepare_mail(house: House, manifest: Manifest, admission: Admission) -> None:
    if admission.eligibility.mail is None:
        return
    save_mail_key(house.mail_key(manifest.id), MailKey.generate())
    if admission.members:
        enter_members(house, manifest, admission.members)


def _forget_mail(house: House, manifest: Manifest, admission: Admission) -> None:
    destroy(house.mail_key(manifest.id))
    register = house.register()
    if admission.members and register is not None:
        register.passes.forget_members(manifest.id_bytes)


def _services(house: House) -> tuple[Service, ...]:
    config = house.config
    return (
        Service("intake", config.intake.operator, config.intake.url),
        Service("registrar", config.registrar.operator, config.registrar.url),
        Service("tally", config.tally_operator, ""),
    )


def _check(house: House, rounds: RoundsFolder, name: str, dates: Dates) -> None:
    if not name or len(name) > 64 or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-"):
        raise OpeningError("A round's name is made of a-z, 0-9, - and _, at most 64 of them; choose another.")
    if any(published.manifest.name == name for published in rounds.all()):
        raise OpeningError(f"A round named '{name}' exists already; choose another name.")
    if dates.closes <= dates.opens:
        raise OpeningError(f"--closes is {stamp(dates.closes)}, which is not after the opening {stamp(dates.opens)}.")
    if dates.closes_latest < dates.closes:
        raise OpeningError("--closes-latest is before --closes; it says how far the closing may be moved later.")
    # The ledger charges on the day of the tally, which comes after closing and must still be in the term.
    last = dates.closes_latest.date() + timedelta(days=1)
    if not house.config.term.start <= dates.opens.date() or last > house.config.term.end:
        raise OpeningError(
            "The round must open in the term and close at least a day before it ends; see [term] in subrosa.toml."
        )


def _check_admission(house: House, eligibility: Eligibility) -> None:
    mail = eligibility.mail
    if mail is None:
        return
    if house.config.mail is None:
        raise OpeningError(
            "Codes by mail need a mail server: fill in [mail] in subrosa.toml (docs/hosting.md says how), or open the "
            "round with --verify codes."
        )
    if not mail.free_mail and any(is_free_mail(domain) for domain in mail.domains):
        raise OpeningError(
            "--refuse-free-mail would refuse one of the domains of --mail-domain; leave one of them out."
        )


def _check_sealing_key(house: House, rounds: RoundsFolder, given: bytes | None) -> None:
    """One key, one round: it is destroyed with the round, and another round's answers would be lost with it."""
    if given is None and not house.has_tally():
        raise OpeningError(
            "The tally is not on this machine: plug its disk in, or make a key there with `subrosa keys new` and give "
            "the public file with --sealing-key."
        )
    if any(published.manifest.sealing_key == given for published in rounds.all()):
        raise OpeningError("This sealing key belongs to another round already; make a new one with `subrosa keys new`.")


def _check_terms(house: House, rounds: RoundsFolder, now: datetime) -> None:
    """What a round has promised of its term must stay true, so the term cannot be another while it runs."""
    own = house.config.term
    for published in rounds.all():
        promised = published.manifest.promise.term
        start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
        same = (start, end, promised.epsilon, promised.delta) == (own.start, own.end, own.epsilon, own.delta)
        cancelled = phase(published.manifest, published.statement, now) is Phase.CANCELLED
        if not same and not cancelled and start <= own.end and own.start <= end:
            raise OpeningError(
                f"The round '{published.manifest.name}' promised a term from {promised.start} to {promised.end} with "
                f"epsilon {promised.epsilon:g} and delta {promised.delta:g}. [term] in subrosa.toml must stay that "
                "until it ends; the next term may begin the day after."
            )


def _check_budget(house: House, rounds: RoundsFolder, rho: float, now: datetime) -> None:
    """The term must be able to pay this round beside those that are promised and not yet measured."""
    if not house.has_tally():
        return
    ledger = house.ledger()
    charged = {entry.round_id for entry in ledger.entries()}
    term = house.config.term
    promised = Fraction(0)
    for published in rounds.all():
        if published.manifest.id in charged:
            continue
        of_term = published.manifest.promise.term.start == term.start.isoformat()
        if of_term and phase(published.manifest, published.statement, now) is not Phase.CANCELLED:
            promised += Fraction(published.manifest.promise.rho)
    left = Fraction(ledger.remaining()) - promised
    if Fraction(rho) > left:
        raise BudgetExceeded(rho, float(max(left, Fraction(0))))
