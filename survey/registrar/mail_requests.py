"""What a client sends for a code by mail, read and refused for what is public or depends on the asker alone."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

from flask import request

from survey import problems
from survey.problems import Refused
from survey.registrar.mail_addresses import MailAddress, MalformedAddress, is_free_mail, read_address
from survey.registrar.pending import DIGITS, RequestKey
from survey.rounds.eligibility import MailEligibility
from survey.rounds.manifest import Manifest

MAX_MAIL_REQUEST: Final = 1024
_REQUEST: Final = re.compile(r"[A-Za-z0-9_-]{22}")


def read_mail_request(manifest: Manifest, offered: MailEligibility) -> tuple[RequestKey, MailAddress]:
    """The open request and the address of a `mail-request`. Raises: Refused."""
    if (request.content_length or 0) > MAX_MAIL_REQUEST:
        raise Refused(problems.TOO_LARGE)
    body = request.get_data(cache=False)
    if len(body) > MAX_MAIL_REQUEST:  # a request in chunks announces no length
        raise Refused(problems.TOO_LARGE)
    try:
        # Pages of other sites may send other kinds without asking; for this one their browser asks, and is refused.
        document: Any = json.loads(body) if request.mimetype == "application/json" else None
        fits = set(document) == {"request", "address"} and all(isinstance(v, str) for v in document.values())
    except (ValueError, TypeError, AttributeError, RecursionError):
        fits = False
    key = _request_key(manifest, document["request"]) if fits else None
    if key is None:
        raise Refused(problems.BAD_MAIL_REQUEST)
    try:
        address = read_address(document["address"])
    except MalformedAddress:
        raise Refused(problems.BAD_ADDRESS) from None
    if offered.domains and address.domain not in offered.domains:
        raise Refused(problems.OTHER_DOMAIN)
    if not offered.free_mail and is_free_mail(address.domain):
        raise Refused(problems.FREE_MAIL)
    return key, address


def read_mail_code(manifest: Manifest, credentials: str) -> tuple[RequestKey, str]:
    """Request and digits of `Authorization: MailCode REQUEST:DIGITS`. Raises: Refused; no attempt is counted."""
    name, _, typed = credentials.strip().partition(":")
    digits = re.sub(r"[\s-]", "", typed)
    key = _request_key(manifest, name)
    if key is None:
        raise Refused(problems.MAIL_CODE_OVER)
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Refused(problems.WRONG_MAIL_CODE)
    return key, digits


def _request_key(manifest: Manifest, text: str) -> RequestKey | None:
    if not _REQUEST.fullmatch(text):
        return None
    raw = base64.urlsafe_b64decode(text + "==")
    # The last letter carries spare bits; only one spelling of 16 bytes is a request, so that it has one name.
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != text:
        return None
    return RequestKey(manifest.id_bytes, raw)
