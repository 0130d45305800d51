"""What must hold of a society's rounds, in plain dictionaries: beside the real one, it says how every step must end.

It knows two things that no store knows: every pass that was ever given for a code, and every measurement that was ever
drawn. Stores are lost and come back; these two never shrink.
"""

from copy import deepcopy
from dataclasses import dataclass, field

from survey.rounds.manifest import Manifest


@dataclass
class Response:
    """The last one of a token that was acknowledged and is still stored."""

    revision: int
    sealed: bytes
    mood: int  # 0: taken back


@dataclass
class Code:
    """As the registrar has it: what it was spent on, if it was."""

    spent: bytes | None = None
    revoked: bool = False


@dataclass
class Charge:
    """A link of the ledger's chain; two charges are the same only if they are this very object's copy."""

    name: str
    number: int
    stored: bool = field(compare=False)  # whether there is a measurement


@dataclass
class Round:
    manifest: Manifest
    closes: float
    latest: float
    closed: bool = False
    cancelled: bool = False
    published: int = 0
    withdrawn: bool = False
    sealing_key: bool = True
    chain: list[Charge] = field(default_factory=list)  # as its release shows it


@dataclass
class Registrar:
    """Codes by round and hash; the rounds whose token key is there."""

    codes: dict[str, dict[bytes, Code]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)


@dataclass
class Intake:
    """Responses by round and nonce; boxes that are closed or destroyed."""

    boxes: dict[str, dict[bytes, Response]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)


@dataclass
class Model:
    now: float = 0.0
    rounds: dict[str, Round] = field(default_factory=dict)
    registrar: Registrar = field(default_factory=Registrar)
    intake: Intake = field(default_factory=Intake)
    chain: list[Charge] = field(default_factory=list)
    unfinished: set[str] = field(default_factory=set)  # measured, and killed before key and ballots were destroyed
    ever_given: dict[bytes, set[bytes]] = field(default_factory=dict)  # passes by code
    ever_measured: set[str] = field(default_factory=set)
    links: int = 0

    # Where a round is.

    def is_open(self, name: str) -> bool:
        one = self.rounds[name]
        return not one.cancelled and not one.closed and self.now < one.closes

    def refusal(self, name: str) -> str | None:
        if self.rounds[name].cancelled:
            return "cancelled"
        return None if self.is_open(name) else "closed"

    def charged(self, name: str) -> Charge | None:
        return next((charge for charge in self.chain if charge.name == name), None)

    def is_over(self, name: str) -> bool:
        one = self.rounds[name]
        return bool(one.cancelled or self.charged(name) or one.published)

    def registrar_lacks_a_key(self) -> bool:
        """Whether a round is open that it has no key for: its backup then was older than the round."""
        return any(self.is_open(name) and name not in self.registrar.keys for name in self.rounds)

    # What services answer.

    def spend(self, name: str, code: bytes, message: bytes) -> str:
        refused = self.refusal(name) or (None if name in self.registrar.keys else "storage")
        if refused:
            return refused
        known = self.registrar.codes[name].get(code)
        if known is None:
            return "wrong-code"
        if known.spent is not None:
            return "signed" if known.spent == message else "used-code"
        if known.revoked:
            return "revoked-code"
        known.spent = message
        self.ever_given.setdefault(code, set()).add(message)
        return "signed"

    def submit(self, name: str, nonce: bytes, new: Response) -> str:
        refused = self.refusal(name) or ("closed" if name in self.intake.states else None)
        if refused:
            return refused
        old = self.intake.boxes[name].get(nonce)
        if old is not None and new.revision < old.revision:
            return "older-revision"
        if old is not None and new.revision == old.revision:
            return "kept" if new.sealed == old.sealed else "revision-taken"
        self.intake.boxes[name][nonce] = new
        return "new" if old is None else "kept"

    # What the host does.

    def close(self, name: str) -> None:
        one = self.rounds[name]
        if self.is_open(name):
            one.closed, one.closes = True, self.now
        self.intake.states.setdefault(name, "closed")
        self.end_registration(name)

    def cancel(self, name: str) -> None:
        self.rounds[name].cancelled = True
        self.destroy(name)
        self.end_registration(name)

    def end_registration(self, name: str) -> None:
        self.registrar.codes[name] = {}
        self.registrar.keys.discard(name)

    def destroy(self, name: str) -> None:
        self.rounds[name].sealing_key = False
        self.intake.boxes[name] = {}
        self.intake.states[name] = "destroyed"

    def can_be_tallied(self, name: str) -> bool:
        """Whether a tally now measures."""
        one = self.rounds[name]
        ended = not one.cancelled and not self.is_open(name) and self.intake.states.get(name) == "closed"
        return ended and self.charged(name) is None and one.sealing_key

    def charge(self, name: str, stored: bool) -> None:
        self.links += 1
        self.chain.append(Charge(name, self.links, stored))

    # What is lost, and comes back.

    def snapshot(self, role: str) -> object:
        kept = {"registrar": self.registrar, "intake": self.intake, "tally": self.chain}[role]
        copied = deepcopy(kept)
        if role == "registrar":
            copied.keys = {name for name in copied.keys if self.is_open(name)}
        return copied

    def restore_registrar(self, kept: Registrar) -> None:
        self.registrar = deepcopy(kept)
        for name in self.rounds:
            codes = self.registrar.codes.setdefault(name, {})
            for code in codes.values():
                code.revoked = code.revoked or code.spent is None
            if self.is_over(name) or not self.is_open(name):
                self.end_registration(name)

    def restore_intake(self, kept: Intake) -> None:
        self.intake = deepcopy(kept)
        for name in self.rounds:
            self.intake.boxes.setdefault(name, {})
            if self.is_over(name):
                self.intake.boxes[name], self.intake.states[name] = {}, "destroyed"
            elif not self.is_open(name):
                self.intake.states.setdefault(name, "closed")

    def restore_tally(self, kept: list[Charge]) -> None:
        """Go on with the longest chain of a release; charge what may have been measured and is not in it."""
        published = [one for one in self.rounds.values() if one.published and one.chain[: len(kept)] == kept]
        chain = max((one.chain for one in published), key=len, default=kept)
        chain = deepcopy(chain if len(chain) > len(kept) else kept)
        at_hand = {one.chain[-1].number for one in self.rounds.values() if one.published}
        for charge in chain[len(kept) :]:
            charge.stored = charge.stored and charge.number in at_hand
        self.chain = chain
        for name in sorted(self.rounds, key=lambda one: self.rounds[one].manifest.id):
            if self.charged(name) is None and self.may_be_measured(name):
                self.charge(name, stored=False)
        for charge in self.chain:
            self.destroy(charge.name)
        self.unfinished.clear()

    def may_be_measured(self, name: str) -> bool:
        one = self.rounds[name]
        boxed = not one.cancelled and name in self.intake.states
        return one.closes <= self.now or boxed or bool(one.published)
