"""A round's promise and standing as a host reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from survey.rounds.eligibility import organisation_cap
from survey.rounds.times import stamp

if TYPE_CHECKING:
    from host.lifecycle import Ended, Standing
    from reports.checking.verdict import Verdict
    from survey.rounds.eligibility import Eligibility, MailEligibility
    from survey.rounds.manifest import Manifest
    from survey.rounds.promise import Promise, PromisedTable


def round_in_words(manifest: Manifest, standing: Standing) -> str:
    """Everything of the manifest that a person wants to know, then what has happened so far."""
    mail = _mail_lines(standing) if manifest.eligibility.mail else ()
    return "\n".join((*_manifest_lines(manifest, standing), "", *_standing_lines(standing), *mail))


def verdict_in_words(verdict: Verdict) -> str:
    """What checking a release established, and what it cannot."""
    heading = "Verified:" if verdict.redrawn else "Verified, BUT NOT THE SYNTHETIC RECORDS:"
    if not verdict.whole:
        heading = "ONLY THE FIGURES ARE VERIFIED, not the page and not its words:"
    lines = [heading, *(f"  {sentence}" for sentence in verdict.established)]
    if verdict.not_established:
        lines += ["Not established:", *(f"  {sentence}" for sentence in verdict.not_established)]
    return "\n".join(lines)


def precision_in_words(promise: Promise) -> str:
    """How precise the figures are expected to be: for everyone, and for the cohorts of each split."""
    lines = [
        f"Expected with {promise.respondents} respondents (95 % margin of a share in a group of mean size, from the "
        "noise alone; in brackets that of sampling beside it):"
    ]
    for by in dict.fromkeys(table.by for table in promise.tables):
        tables = [table for table in promise.tables if table.by == by and table.of]
        if tables:
            lines.append(f"  {_whom(by)}: {_margins(tables, promise)}")
    return "\n".join(lines)


def _margins(tables: list[PromisedTable], promise: Promise) -> str:
    known = sorted((t.margin, t.of[0], t.sampling) for t in tables if t.margin is not None)
    if not known:
        return "no shares can be given"
    (least, narrow, beside), (most, wide, beside_wide) = known[0], known[-1]
    words = f"± {100 * least:.1f} points [± {100 * beside:.1f}] ({narrow}) to "
    words += f"± {100 * most:.1f} [± {100 * beside_wide:.1f}] ({wide})"
    worst = min(tables, key=lambda table: table.shown / table.cohorts)
    if worst.cohorts > 1:
        words += f"; of {worst.cohorts} groups about {worst.shown:.0f} are likely to be shown"
    hidden = [name for margin, name, _ in known if margin > promise.usable_margin]
    if hidden:
        words += (
            f". WIDER THAN THE USABLE ± {100 * promise.usable_margin:.0f} POINTS, so most likely not shown: "
            f"{', '.join(hidden)}. `subrosa plan` says what would do"
        )
    return words


def _manifest_lines(manifest: Manifest, standing: Standing) -> Iterator[str]:
    promise = manifest.promise
    yield f"'{manifest.name}', a round of {manifest.society} ({manifest.contact})"
    yield f"Round id: {manifest.id}"
    yield f"Form: {manifest.form.id}, {manifest.form.title.text()}"
    latest = stamp(manifest.closes_latest)
    yield f"Opens {stamp(manifest.opens)}, closes {stamp(standing.closes)} (at the latest {latest})"
    for service in manifest.services:
        yield f"The {service.role} is run by {service.operator}{f' at {service.url}' if service.url else ', offline'}."
    yield f"Who may take part: {eligibility_in_words(manifest.eligibility)}."
    yield (
        f"One response added or removed: (epsilon {promise.epsilon:g}, delta {promise.delta:g}). One response "
        f"replaced by another: epsilon {rounded_up(promise.replacement_epsilon)}; any single question of it: "
        f"epsilon {rounded_up(promise.question_epsilon)}."
    )
    if (cap := organisation_cap(manifest.eligibility)) is not None:
        from privacy.accounting import group_guarantee  # noqa: PLC0415  (OpenDP, for what few rounds have)

        together = group_guarantee(promise.rho, cap, promise.delta)
        yield (
            f"All {cap} responses that one mail domain can give, added or removed together: "
            f"epsilon {rounded_up(together.epsilon)}."
        )
    yield (
        f"Groups in which fewer than {promise.min_cohort} answered are not displayed; below "
        f"{promise.minimum_responses} responses (counted with noise) nothing is measured."
    )
    yield f"Tables that will be released: {len(promise.tables)}"
    yield tables_in_words(promise)
    yield precision_in_words(promise)


def tables_in_words(promise: Promise) -> str:
    """What is counted, a line for everyone and one for each split."""
    lines = []
    for by in dict.fromkeys(table.by for table in promise.tables):
        names = [table.of[0] for table in promise.tables if table.by == by and table.of]
        lines.append(f"  {_whom(by)}: group sizes{', ' if names else ''}{', '.join(names)}")
    return "\n".join(lines)


def eligibility_in_words(eligibility: Eligibility) -> str:
    """Whom a round gives passes to, as part of a sentence."""
    ways = ["whoever has a code"] if eligibility.codes else []
    return ", or ".join([*ways, *([_mail_in_words(eligibility.mail)] if eligibility.mail else [])])


def _mail_in_words(mail: MailEligibility) -> str:
    words = "whoever reads a code mailed to "
    words += "an address that was entered as a member's" if mail.members_only else "an address"
    words += f" at {' or '.join(mail.domains)}" if mail.domains else ""
    words += "" if mail.free_mail else ", but not at a well-known free provider"
    return words + (f"; at most {mail.per_domain} passes a domain" if mail.per_domain else "")


def _standing_lines(standing: Standing) -> Iterator[str]:
    codes = standing.codes
    yield f"State: {standing.phase.value}; ballot box {standing.box or 'not on this machine'}; {standing.measured}"
    if standing.key_fault is not None:
        yield f"Key: {standing.key_fault}"
    if codes is None:
        yield "Codes: none were made on this machine."
    else:
        yield f"Codes: {codes.issued} issued, {codes.spent} spent, {codes.revoked} revoked"
    if standing.box == "destroyed":
        yield "Responses: destroyed on this machine."
    elif standing.responses is None:
        yield "Responses received: the intake has not worked on this machine."
    else:
        yield f"Responses received: {standing.responses} (for you only; releases carry a noised number)"


def _mail_lines(standing: Standing) -> Iterator[str]:
    if standing.mail is not None:
        entered = f"; members entered: {standing.mail.members}" if standing.mail.members else ""
        yield f"Passes by mail: {standing.mail.passes} given{entered}"


def closed_in_words(name: str, ended: Ended) -> str:
    """What `round close` did here, and what is left to do elsewhere."""
    lines = [f"'{name}' is closed."]
    if ended.issuer_destroyed:
        lines.append("The key that signs tokens is destroyed, and the codes are deleted.")
    elif ended.registrar_here:
        lines.append("The key that signs tokens was destroyed before.")
    else:
        lines.append(_elsewhere("registrar", "its key and codes are destroyed", f"subrosa round close {name}"))
    if ended.intake_here:
        lines.append(f"Next: subrosa tally {name}")
    else:
        lines.append(_elsewhere("intake", "its ballot box is closed", f"subrosa round close {name}"))
    return "\n".join(lines)


def cancelled_in_words(name: str, ended: Ended) -> str:
    """What `round cancel` did here, and what is left to do elsewhere."""
    lines = [f"'{name}' is cancelled. What was on this machine of its keys and responses is destroyed."]
    if not ended.registrar_here:
        lines.append(_elsewhere("registrar", "its key and codes are destroyed", f"subrosa round cancel {name}"))
    if not ended.intake_here:
        lines.append(_elsewhere("intake", "its responses are destroyed", f"subrosa round cancel {name}"))
    if not ended.sealing_key_destroyed:
        lines.append(_elsewhere("tally", "the round's private key is destroyed", f"subrosa round cancel {name}"))
    return "\n".join(lines)


def _elsewhere(party: str, so_that: str, command: str) -> str:
    return (
        f"The {party} does not hold this round on this machine. Unless that is done already, copy rounds/ to where it "
        f"does and run `{command}` there, so that {so_that}."
    )


def rounded_up(epsilon: float) -> str:
    """Two decimals, never below the number: what is promised as a limit is not made smaller by printing it."""
    return f"{ceil(epsilon * 100) / 100:.2f}"


def _whom(by: tuple[str, ...]) -> str:
    return f"by {' and '.join(by)}" if by else "for everyone"
