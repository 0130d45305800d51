"""Reading the files of a bulk entry, before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from survey.forms.answers_csv import read_answers
from survey.problems import USED_CODE
from survey.registrar.codes import MalformedCode, hash_code
from survey.respondent.bulk import Entering, Outcome, Progress, enter
from survey.respondent.services import Services
from survey.respondent.wallet import Wallet
from survey.rounds.closing import Phase
from survey.rounds.manifest import Manifest
from survey.rounds.times import now, stamp


class EntryError(ValueError):
    """Files that do not fit each other or the round; names the line, never what stands there."""


@dataclass(frozen=True, slots=True)
class EntryFiles:
    """What a bulk entry reads: the manifest's address or file, codes or links, answers, and its own state."""

    manifest: str
    invites: Path
    answers: Path
    state: Path


def enter_file(
    files: EntryFiles,
    clients: int,
    progress: Progress,
    round_id: str | None = None,
    skip_failed: bool = False,
    resend: bool = False,
    say: Callable[[str], None] = lambda _sentence: None,
) -> Outcome:
    """Check everything that can be checked here, then send. Nothing is sent if a row or a code is malformed.

    say: gets a sentence, once, where a service does not answer for a while.
    """
    services = Services(connections=clients)
    manifest = services.manifest(files.manifest, _expected_round(files, round_id))
    state_now = services.phase(manifest, now)
    if state_now is not Phase.OPEN:
        raise EntryError(f"This round takes no responses now: it is {state_now.value}{_when(manifest, state_now)}.")
    with files.answers.open(encoding="utf-8-sig", newline="") as stream:
        records = list(read_answers(manifest.form, stream))
    codes = read_invites(files.invites, manifest)
    if len(codes) < len(records):
        raise EntryError(
            f"There are {len(records)} rows of answers and only {len(codes)} codes; make more with `subrosa invite`."
        )
    with closing(Wallet.open(files.state)) as wallet:
        entering = Entering(manifest, services, wallet, clients, progress, skip_failed, resend, say)
        outcome = enter(entering, codes[: len(records)], records)
    _check_state(outcome, len(records))
    return outcome


def _check_state(outcome: Outcome, rows: int) -> None:
    """With the state of the run that used the codes, the registrar would have answered. Raises: EntryError."""
    used = [failure for failure in outcome.failures if failure.problem == USED_CODE.name]
    if rows and len(used) == rows:
        raise EntryError(
            "All these codes are used already, and this state file knows of no answer to them; nothing was sent. Name "
            "the state file of the run that used them with --state, or take other codes."
        )


def _when(manifest: Manifest, state: Phase) -> str:
    return f", and opens {stamp(manifest.opens)}" if state is Phase.NOT_YET_OPEN else ""


def _expected_round(files: EntryFiles, given: str | None) -> str | None:
    """The round that codes and answers are meant for, known before any service is asked.

    Without it whoever serves the manifest could serve one of their own, which names them as both services. A file
    is trusted as it is: whoever runs this chose it. Raises: EntryError.
    """
    lines = files.invites.read_text(encoding="utf-8").splitlines()
    in_links = {line.rpartition("#")[2].strip().partition(".")[0] for line in lines if "#" in line}
    in_address = re.findall(r"/v1/rounds/([0-9a-f]{64})/", files.manifest)
    known = {*in_links, *in_address, *filter(None, [given])}
    if len(known) > 1:
        raise EntryError("The links, the manifest's address and --round name different rounds; nothing was sent.")
    if not known and files.manifest.startswith(("http://", "https://")):
        raise EntryError("Say which round this is with --round: the id that the society published, 64 characters.")
    return next(iter(known), None)


def read_invites(path: Path, manifest: Manifest) -> list[str]:
    """Bare codes from a file of codes or links. Raises: EntryError with the line number."""
    codes: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not (text := line.strip()):
            continue
        round_id, _, code = text.rpartition("#")[2].rpartition(".")
        if round_id and round_id != manifest.id:
            raise EntryError(f"{path.name}, line {number}: this link is for another round.")
        try:
            hash_code(code, manifest.id_bytes)
        except MalformedCode:
            raise EntryError(f"{path.name}, line {number}: this is not a code; check for missing letters.") from None
        codes.append(code)
    if len(set(codes)) != len(codes):
        raise EntryError(f"{path.name} holds a code twice; each respondent needs a code of her own.")
    return codes
