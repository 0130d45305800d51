"""What a host is told of a backup that was made, and of one that was restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from host.backups.described import Role
from host.backups.host_files import RestoredHost
from host.backups.intake import RestoredBox
from host.backups.registrar import RestoredRegister, RestoredRound
from host.backups.taking import Taken
from host.backups.tally import RestoredLedger

Restored = RestoredHost | RestoredRegister | RestoredLedger | tuple[RestoredBox, ...]
_OUTLIVES: Final = (
    "A backup outlives what is destroyed later. Keep it encrypted, on another disk than the backups of other parties."
)
_HOLDS: Final[dict[Role, str]] = {
    "host": "It holds the signing key: who has that signs in the society's name. Not in it: files with passwords.",
    "registrar": (
        "It holds the keys that sign passes and which codes are used. Destroy it, and every older one, as soon as the "
        "rounds that were open are closed, and at the latest after their tally. Two of these show which codes were "
        "used in between."
    ),
    "intake": (
        "It holds sealed responses. Destroy it, and every older one, as soon as the rounds in it are tallied or "
        "cancelled: with a copy of the round's private key it opens every answer. Two of these show which responses "
        "came in between."
    ),
    "tally": (
        "It holds the ledger and the measurements, and no private key: rounds that are open cannot be tallied from it. "
        "Make a new one after every tally; keep the newest."
    ),
}
# A row of each table of the three stores, in words: one, and several.
_ROWS: Final = {
    "codes": ("code", "codes"),
    "mail_passes": ("pass by mail", "passes by mail"),
    "mail_members": ("member for codes by mail", "members for codes by mail"),
    "totals": ("closed round's number of codes", "closed rounds' numbers of codes"),
    "mail_totals": ("closed round's number of passes by mail", "closed rounds' numbers of passes by mail"),
    "ballots": ("sealed response", "sealed responses"),
    "box_states": ("box that is closed or destroyed", "boxes that are closed or destroyed"),
    "ledger_entries": ("charge", "charges"),
    "measurements": ("measurement", "measurements"),
    "destroyed": ("record of a destruction", "records of destructions"),
    "lost": ("measurement that is known to be lost", "measurements that are known to be lost"),
}
_TWICE: Final = (
    "Who asks for a new one may have a pass already that this register does not know of, and would then answer twice; "
    "you cannot tell. A pass that somebody has stays good."
)


def taken_words(role: Role, out: object, taken: Taken) -> str:
    """What was written, what it is a danger to, and when it must be destroyed."""
    held = {_ROWS[name]: number for name, number in taken.rows.items()}
    held["key" if role == "registrar" else "file", "keys" if role == "registrar" else "files"] = taken.files
    counts = [f"{number} {one if number == 1 else many}" for (one, many), number in held.items() if number]
    return "\n".join((f"Wrote {out}: {', '.join(counts) or 'nothing yet'}.", _HOLDS[role], _OUTLIVES))


def restored_words(restored: Restored) -> str:
    """What is there again, what is lost, and what to do next."""
    if isinstance(restored, RestoredHost):
        return "\n".join(_host(restored))
    if isinstance(restored, RestoredRegister):
        return "\n".join(_registrar(restored))
    if isinstance(restored, RestoredLedger):
        return "\n".join(_tally(restored))
    return "\n".join(_intake(restored))


def restored_json(restored: Restored) -> dict[str, Any]:
    """The same for programs: JSON types only."""
    if isinstance(restored, tuple):
        return {"rounds": [asdict(one) for one in restored]}
    values = asdict(restored)
    if isinstance(restored, RestoredLedger):
        values["odd_releases"] = [str(one) for one in restored.odd_releases]
    return values


def _host(restored: RestoredHost) -> Iterator[str]:
    yield f"The host is restored: {restored.written} files written."
    if restored.kept:
        yield f"Left as they are here, though the backup has them otherwise: {', '.join(restored.kept)}."
    yield (
        "A round that was closed or cancelled after the backup was made counts as open again: close or cancel it once "
        "more, before the other parties are restored. `subrosa round list` shows all."
    )
    yield "Put the files with passwords back that subrosa.toml names."


def _registrar(restored: RestoredRegister) -> Iterator[str]:
    yield "The registrar is restored. Who got a pass before the backup was made gets the same answer as before."
    blocked = [one for one in restored.rounds if one.blocked_codes or one.forgotten_members or one.mail_stopped]
    for one in blocked:
        yield from _blocked(one)
    if blocked:
        yield _TWICE
    for one in restored.rounds:
        if one.good_codes:
            yield (
                f"'{one.name}': {one.good_codes} codes that were good when the backup was made are good again. If you "
                f"revoked codes since, revoke those once more; they give a pass: subrosa invite {one.name} --revoke -"
            )
    if restored.ended:
        yield f"Closed or over, so that no code and no key of them was restored: {', '.join(restored.ended)}."


def _blocked(one: RestoredRound) -> Iterator[str]:
    if one.blocked_codes:
        yield (
            f"'{one.name}': {one.blocked_codes} codes that were not used by then are blocked, because they may have "
            f"been used since. Give a new code to those who ask: subrosa invite {one.name} --count 1"
        )
    if one.forgotten_members:
        yield (
            f"'{one.name}': {one.forgotten_members} members who had no pass by then get none by mail, because they may "
            f"have got it since. Enter those again who ask: subrosa round members {one.name}"
        )
    if one.mail_stopped:
        yield (
            f"'{one.name}': no address that had no pass by then gets one by mail, because it may have got it since. If "
            "the round takes codes too, give those who ask a code."
        )


def _intake(boxes: tuple[RestoredBox, ...]) -> Iterator[str]:
    yield "The intake is restored."
    for one in boxes:
        if one.state != "destroyed":
            yield f"'{one.name}': {one.state}, {one.responses} responses (for you only)."
    over = [one.name for one in boxes if one.state == "destroyed"]
    if over:
        yield f"Over, so that none of their responses was restored: {', '.join(over)}."
    if any(one.state == "closed" and one.responses for one in boxes):
        yield (
            "If a tally elsewhere has measured a round that is closed here, destroy its responses now: "
            "subrosa box destroy ROUND"
        )
    yield (
        "Lost: every response and every change that came after the backup was made, though the respondents were told "
        "that they arrived, and their pages go on saying so. Ask all, while the round is open, to answer again. Who "
        "has the page open still, or kept a pass in the browser or as a file, chooses 'Change my answers' and sends "
        "once more; the open page has the answers, otherwise the form is answered anew, because no browser keeps "
        "answers that were sent. Who kept no pass cannot."
    )
    yield (
        "Paper and other tables: whoever entered them with `subrosa respond` runs it once more with the same files and "
        "--resend."
    )


def _tally(restored: RestoredLedger) -> Iterator[str]:
    yield f"The tally's ledger is restored: {restored.charges} charges were in the backup."
    if restored.taken_back:
        yield f"Taken back from signed releases, with charge and measurement: {', '.join(restored.taken_back)}."
    if restored.lost:
        yield f"Charged as releases show, but their measurements are lost: {', '.join(restored.lost)}."
    if restored.unmeasurable:
        yield (
            "Past closing, and not measured in the backup, so that nobody can tell whether they were measured since: "
            f"{', '.join(restored.unmeasurable)}. What they promised to cost is charged, and they can never be "
            "measured. Their keys, and their responses on this machine, are destroyed; where the intake works "
            "elsewhere, run `subrosa box destroy ROUND` there. Tell their respondents that nothing will be published."
        )
    if restored.without_key:
        yield (
            f"No private key is in a backup, and none is here for: {', '.join(restored.without_key)}. Unless it is "
            "elsewhere, these rounds cannot be tallied: cancel them (subrosa round cancel ROUND) and open new ones."
        )
    if restored.odd_releases:
        yield (
            "Not used, because they are not whole, hold no ledger, or are of no round that is known here: "
            f"{', '.join(str(one) for one in restored.odd_releases)}."
        )
    yield "Check it: subrosa ledger"
