"""The respondent's side of HTTP: fetch the manifest from both services, ask for a token, hand in a response."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import urllib3
from urllib3.util import Retry

from survey.respondent.waiting import PATIENCE_SECONDS, Waiting, pause_asked_for
from survey.rounds.addresses import is_confidential, is_onion
from survey.rounds.closing import Phase, Statement, phase, read_statement
from survey.rounds.manifest import Manifest, ManifestError, read_manifest
from survey.rounds.times import Clock
from survey.tokens import Token, TokenRequest, authorization

MAX_DOCUMENT: Final = 4 * 1024 * 1024
_TORN_ANSWERS: Final = 5
_TIMEOUT: Final = urllib3.Timeout(connect=10, read=60)


class _QuickRetry(Retry):
    """For answers that are lost on the way. Where a service says how long to wait, that is done (`Waiting`).

    Once `waiting` is ended there are no further tries, or who stops would have to sit out all of them.
    """

    waiting: Waiting | None = None

    def new(self, **changes: Any) -> Self:
        made = super().new(**changes)
        made.waiting = self.waiting
        return made

    def until_ended(self, waiting: Waiting) -> Self:
        made = self.new()
        made.waiting = waiting
        return made

    def is_exhausted(self) -> bool:
        return super().is_exhausted() or (self.waiting is not None and self.waiting.ended)

    def sleep(self, response: urllib3.BaseHTTPResponse | None = None) -> None:
        if self.waiting is None:
            super().sleep(response)
        else:
            self.waiting.rest(self.get_backoff_time())

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return not has_retry_after and super().is_retry(method, status_code)


# Every request of the protocol may be repeated: the same blinded message gets the same signature, and the same
# revision with the same bytes is stored once. So a lost answer is simply asked for again.
_RETRY: Final = _QuickRetry(
    total=6,
    backoff_factor=0.2,
    status_forcelist=(502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class ServiceRefused(RuntimeError):
    """A service said no; `detail` is the sentence it gave."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


class ServiceUnreachable(RuntimeError):
    """A service did not answer; nothing that it had confirmed is lost."""


class Services:
    """A connection pool that keeps no cookies and sends no user agent. Safe to share by threads.

    waiting: what its threads do while a service asks them to wait.
    """

    def __init__(self, connections: int = 1) -> None:
        self.waiting = Waiting()
        retries = _RETRY.until_ended(self.waiting)
        self._pool = urllib3.PoolManager(maxsize=connections, block=True, timeout=_TIMEOUT, retries=retries)

    def manifest(self, source: str, expected: str | None = None) -> Manifest:
        """The manifest at a URL or in a file, checked, and compared byte for byte at registrar and intake.

        So nobody can be given a manifest, and a key, of their own unless both services and whoever sent the link
        collude. Raises: ManifestError, ServiceUnreachable, ServiceRefused.
        """
        served = self._read(source)
        manifest = read_manifest(served, expected)
        for role in ("registrar", "intake"):
            url = f"{manifest.service(role).url}/v1/rounds/{manifest.id}/manifest"
            if self._get(url) != served:
                raise ManifestError(
                    f"The {role} serves another manifest than the one you have; stop and tell the society."
                )
        return manifest

    def phase(self, manifest: Manifest, clock: Clock) -> Phase:
        """Whether the round takes responses now, by the manifest and the host's last statement."""
        url = f"{manifest.service('intake').url}/v1/rounds/{manifest.id}/closing"
        statement: Statement | None = None
        try:
            statement = read_statement(self._get(url), manifest)
        except ServiceRefused as refused:
            if refused.name != "no-statement":
                raise
        return phase(manifest, statement, clock())

    def token_request(self, manifest: Manifest, code: str, request: TokenRequest) -> bytes:
        """The registrar's blind signature. Raises: ServiceRefused (used, wrong, revoked code …)."""
        url = f"{manifest.service('registrar').url}/v1/rounds/{manifest.id}/token-request"
        headers = {"Authorization": f"Bearer {code}", "Content-Type": "application/private-token-request"}
        return self._send("POST", url, headers, request.to_bytes())

    def submit(self, manifest: Manifest, token: Token, revision: int, sealed: bytes) -> None:
        """Hand in a sealed response; when this returns, the intake has it on disk."""
        url = f"{manifest.service('intake').url}/v1/rounds/{manifest.id}/response"
        headers = {
            "Authorization": authorization(token),
            "Subrosa-Revision": str(revision),
            "Content-Type": "application/octet-stream",
        }
        self._send("PUT", url, headers, sealed)

    def _read(self, source: str) -> bytes:
        if source.startswith(("http://", "https://")):
            return self._get(source)
        try:
            return Path(source).read_bytes()
        except OSError:
            raise ManifestError("The manifest file cannot be read; give a file or an http(s) address.") from None

    def _get(self, url: str) -> bytes:
        return self._send("GET", url, {}, None)

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> bytes:
        if not is_confidential(url):
            raise ServiceUnreachable(
                "This service's address is not encrypted (http), so a code sent there could be read on the way; "
                "nothing was sent. Tell the society."
            )
        if is_onion(url):
            raise ServiceUnreachable("This is an onion service, which only Tor Browser reaches; nothing was sent.")
        patience = PATIENCE_SECONDS
        while True:
            status, data, retry_after = self._ask(method, url, headers, body)
            pause = pause_asked_for(status, retry_after)
            if pause is None or patience < pause or not self.waiting.pause(pause):
                break
            patience -= pause
        if status >= 300 or len(data) > MAX_DOCUMENT:
            raise _refusal(status, data)
        return data

    def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes, str | None]:
        """Status, body and Retry-After of the answer. Raises: ServiceUnreachable."""
        silent = {"User-Agent": urllib3.util.SKIP_HEADER, "Accept-Encoding": urllib3.util.SKIP_HEADER}
        try:
            answer, data = _whole(
                lambda: self._pool.request(
                    method, url, headers=headers | silent, body=body, redirect=False, preload_content=False
                )
            )
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, ValueError):
            # With its port: on one machine that is what tells the registrar from the intake.
            place = urlsplit(url).netloc.rpartition("@")[2]
            raise ServiceUnreachable(f"The service at {place} does not answer; try again later.") from None
        return answer.status, data, answer.headers.get("Retry-After")


def _whole(ask: Callable[[], urllib3.BaseHTTPResponse]) -> tuple[urllib3.BaseHTTPResponse, bytes]:
    """An answer and its body. One that breaks off in its body is asked for again, like one that never came."""
    for left in reversed(range(_TORN_ANSWERS)):
        answer = ask()
        try:
            return answer, answer.read(MAX_DOCUMENT + 1)
        except urllib3.exceptions.HTTPError:
            answer.close()
            if not left:
                raise
    raise AssertionError


def _refusal(status: int, data: bytes) -> ServiceRefused:
    """The service's own sentence, if it is one: printable, short, and from a problem document."""
    try:
        problem = json.loads(data)
        name, detail = str(problem["type"]).rpartition(":")[2], str(problem["detail"])
    except (ValueError, TypeError, KeyError, RecursionError):
        name, detail = "unreadable", f"The service answered {status} without saying why; tell the society."
    clean = "".join(c for c in detail if c.isprintable())[:300]
    return ServiceRefused(name, clean)
