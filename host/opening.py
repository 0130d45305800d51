"""Opening a round: keys are made, the promise is worked out and signed, and only then the round exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregation.promise import make_promise
from aggregation.wishes import Wishes
from host.folders import destroy, private_folder
from host.house import House
from host.keys import destroy_sealing_key, new_sealing_key, read_signing_key, save_issuer, save_mail_key
from host.members import enter_members
from host.promising import check_budget, check_minimum, check_name, check_term_stays, term_to_promise
from survey.forms.model import Form
from survey.registrar.issuing import Issuer
from survey.registrar.mail_addresses import MailAddress, is_free_mail
from survey.registrar.mail_keys import MailKey
from survey.rounds.eligibility import CODES_ONLY, Eligibility
from survey.rounds.manifest import Manifest, Service, sign_manifest
from survey.rounds.times import stamp

if TYPE_CHECKING:
    from survey.rounds.folder import RoundsFolder
    from survey.rounds.promise import Promise


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
    Raises: OpeningError, Unpromisable, PromiseError, BudgetExceeded, KeyMissing. Nothing is published then.
    """
    with house.rounds.changing():
        return _open_round(house, form, name, dates, wishes, sealing_key, admission)


def would_promise(
    house: House,
    form: Form,
    name: str,
    dates: Dates,
    wishes: Wishes,
    sealing_key: bytes | None,
    admission: Admission = Admission(),
) -> Promise:
    """What `open_round` would promise: everything is checked, and nothing is made. Raises: as it does."""
    _check(house, name, dates)
    check_minimum(wishes)
    _check_sealing_key(house, house.rounds, sealing_key)
    _check_admission(house, admission.eligibility)
    check_term_stays(house, dates.opens)
    read_signing_key(house.signing_key)
    promise = make_promise(form, wishes, term_to_promise(house))
    check_budget(house, promise.rho, promise.delta, dates.opens)
    return promise


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
    promise = would_promise(house, form, name, dates, wishes, sealing_key, admission)
    signing = read_signing_key(house.signing_key)
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


def _check(house: House, name: str, dates: Dates) -> None:
    check_name(house, name)
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
        from host.unmoved import unmoved, unmoved_in_words  # noqa: PLC0415

        if unmoved(house):
            raise OpeningError(unmoved_in_words("tally", house.ledger_file))
        raise OpeningError(
            "The tally is not on this machine: plug its disk in, or make a key there with `subrosa keys new` and give "
            "the public file with --sealing-key."
        )
    if any(published.manifest.sealing_key == given for published in rounds.all()):
        raise OpeningError("This sealing key belongs to another round already; make a new one with `subrosa keys new`.")
