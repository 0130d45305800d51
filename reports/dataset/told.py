"""What respondents were told before the first question, who answers for the data, and what is kept of it.

The sentences are those of the promise page (survey/client/src/ui); a test holds them to it. Numbers come from the
signed manifest.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, exp
from typing import Any, Final

from survey.rounds.any_manifest import AnyManifest
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.manifest import Manifest

VERSION: Final = (
    "As this version of the software says it, in English whatever the language of the form; beside it the page showed "
    "the form's intro, all questions, and why they are asked, which stand in this codebook in every language. Whether "
    "the pages that were served in the round's days said exactly this cannot be seen in a release; the numbers in it "
    "are those of the signed manifest."
)
NOT_KNOWN: Final = (
    "The answers were not collected through Subrosa. What people were told, and what they agreed to, is not known "
    "here: ask the host."
)
_LIMITS: Final = (
    "The tally sees records without names, until they are destroyed. A rare mix of answers may point to a person: "
    "leave out what you like.",
    "The registrar could make up passes, or turn others away, and with the tally single somebody out. The intake could "
    "drop answers. Neither can read or change yours.",
    "A translating browser sends others what it reads: switch that off.",
    "Whoever serves this page could change what it does. Its fingerprint stands below.",
    "Others may watch you, or control your device.",
)
_KEPT: Final = (
    ("ballots", "Sealed responses: at the intake until the round closes; destroyed by the tally once they are counted, "
     "and on the intake's machine by the host (`subrosa box destroy`)."),
    ("key", "The private key that opens them: destroyed by the tally once the noise is drawn and stored."),
    ("token key", "The key that signed the passes: destroyed when the round closes; so is the key of the mail desk."),
    ("codes", "Hashes of invitation codes and of mail addresses: deleted by the registrar when the round closes; how "
     "many there were stays there."),
    ("counts", "Exact counts and single records: never written; gone when the tally's process ends."),
    ("measurement", "The noisy numbers, the entry in the privacy ledger, the signed manifest and this release: kept "
     "without a limit. Nothing in them is anybody's answer."),
    ("at the respondent", "What her own browser keeps (a pass, if she asked for that) is hers to delete."),
)  # fmt: skip
_SEEN: Final = (
    "That all this was done cannot be seen in a release: it is what the software does, and what respondents were told. "
    "Copies and backups outlive a destruction."
)


def told(manifest: AnyManifest) -> dict[str, Any]:
    """JSON types only: the promise as respondents read it, in order."""
    if not isinstance(manifest, Manifest):
        return {"known": False, "words": NOT_KNOWN, "promise": []}
    return {"known": True, "words": VERSION, "promise": [sentence for sentence in _promise(manifest) if sentence]}


def controller(manifest: AnyManifest) -> dict[str, Any]:
    """Who answers for the data, and who ran what."""
    services = manifest.services if isinstance(manifest, Manifest) else ()
    return {
        "society": manifest.society,
        "contact": manifest.contact,
        "operators": {service.role: {"operator": service.operator, "url": service.url} for service in services},
    }


def retention(manifest: AnyManifest) -> dict[str, Any]:
    if not isinstance(manifest, Manifest):
        held = (
            f"{manifest.society} had the answers before they were measured and holds them still; how long, ask there."
        )
        return {"words": held, "kept": {}}
    return {"words": _SEEN, "kept": dict(_KEPT)}


def _promise(manifest: Manifest) -> Iterator[str]:
    yield from _published(manifest)
    yield from _unlinked(manifest)
    yield from _given_away(manifest)
    yield (
        f"A small round is a small crowd: among about {manifest.promise.respondents} people, someone who knows a lot "
        "can still guess."
    )
    yield from _LIMITS
    yield (
        "This promise is signed by the society, and your browser has checked it: registrar and intake gave the same "
        f"one. Its number is published too: {manifest.id}"
    )


def _published(manifest: Manifest) -> Iterator[str]:
    promise, many = manifest.promise, len(manifest.promise.tables)
    yield (
        f"{manifest.society} publishes figures that everyone can use. There is no free text: every answer is one of a "
        "public list, and of an amount only its bracket leaves your device."
    )
    yield who_may(manifest.society, manifest.eligibility)
    yield f"{many} {'table' if many == 1 else 'tables'}, and nothing else. No single record is ever shown."
    yield f"Groups that may have fewer than {promise.min_cohort} people are not displayed."
    yield (
        f"A figure that would be off by more than {int(100 * promise.usable_margin + 0.5)} points in 100 is not shown "
        "as one."
    )
    yield (
        "The raw noisy numbers are published too, also those of small groups, so that anyone can check: noise protects "
        "them, not hiding."
    )
    if promise.minimum_responses > 0:
        yield (
            f"If fewer than about {promise.minimum_responses} people answer (counted with noise), nothing but that is "
            "published."
        )
    yield f"With fewer than {promise.respondents} people figures get less exact."


def _unlinked(manifest: Manifest) -> Iterator[str]:
    proof = _proof(manifest.eligibility)
    yield (
        "Your answers cannot be linked to you from what is left when the round has closed, not even by registrar and "
        "intake together. The results are blurred on purpose."
    )
    yield f"That you took part is visible to the registrar: it sees that your {proof} was used."
    yield (
        f"Your {proof} is used once, to get a pass. The registrar signs it as in a closed envelope, without seeing it, "
        "so later nobody can tell which pass was whose."
    )
    yield (
        "Your answers are locked before they leave this device; only the tally has the key. The registrar knows codes "
        "and sees no answer; the tally sees answers and no names."
    )
    operators = {service.role: service.operator for service in manifest.services}
    saw = {
        "registrar": f"checks who may take part. Sees that your {proof} was used and when, and your internet address "
        "while you ask. Never an answer.",
        "intake": "collects locked answers. Sees that somebody with a valid pass answered, and an internet address. "
        "Not who, not what.",
        "tally": "opens the answers once, offline, counts them, and destroys the key and the answers. Sees answers "
        "without names.",
    }
    yield from (f"The {role}, run by {operators[role]}, {what}" for role, what in saw.items())
    if len(manifest.operators) < 3:
        yield (
            "The software keeps no times and no internet addresses. But whoever looks at several parts while the round "
            "is open can compare when a pass was fetched with when an answer came, and so link the two. Here you trust "
            "them not to."
        )


def _given_away(manifest: Manifest) -> Iterator[str]:
    promise = manifest.promise
    yield (
        "Random noise is added to every count before it is published (“differential privacy”). It limits what anyone "
        "can conclude about you, whatever else they know. Who finds two things equally likely, can after reading all "
        "of it be:"
    )
    for sentence, epsilon in (
        ("about your answer to any single question,", promise.question_epsilon),
        ("about all of your answers together,", promise.replacement_epsilon),
        ("about whether you took part at all (from the results alone),", promise.epsilon),
    ):
        yield f"{sentence} at most {_up_to(epsilon)} % sure."


def _up_to(epsilon: float) -> str:
    """Never rounded down: it is a bound."""
    percent = ceil(1000 / (1 + exp(-epsilon))) / 10
    return "almost 100" if percent >= 99.9 else f"{percent:g}"


def who_may(society: str, eligibility: Eligibility) -> str:
    """Who could take part, as the promise page says it."""
    said = []
    if eligibility.codes:
        said.append(f"Whoever has an invitation code from {society}; each code gives one pass.")
    if eligibility.mail is not None:
        cap = eligibility.mail.per_domain
        most = "" if cap is None else f", and each mail domain (what stands after the @) {cap} at most"
        said.append(
            f"Whoever can read mail at {_addresses(eligibility.mail)}; each address gives one pass{most}. The "
            "registrar sees your address while it sends the mail."
        )
    return " ".join(said)


def _addresses(mail: MailEligibility) -> str:
    at = f" at {' or '.join(mail.domains)}" if mail.domains else ""
    base = (
        f"an address{at} that the society has listed"
        if mail.members_only
        else f"an address{at}"
        if at
        else "any address"
    )
    return base if mail.free_mail else f"{base}, but none at a free-mail provider"


def _proof(eligibility: Eligibility) -> str:
    if eligibility.mail is None:
        return "code"
    return "code or mail address" if eligibility.codes else "mail address"
