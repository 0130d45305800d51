"""Releases from a real server, and a release at an address checked as anybody would check it."""

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from measured_society import measured
from societies import CLOSE, Ran, Society, serving
from strange_requests import send
from urllib3 import PoolManager, Retry

from host.publishing import Publication, publish_round, withdraw_release
from reports.signing import fingerprint, read_public_pem

HTTP = PoolManager(retries=Retry(0, redirect=0), headers=CLOSE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A site with a release that was corrected once."""
    folder = tmp_path_factory.mktemp("served")
    society = measured(folder / "society")
    house = society.house
    found = house.rounds.find("spring")
    first, _ = publish_round(house, found, Publication())
    publish_round(house, found, Publication(correct="A word was wrong."))
    key = fingerprint(read_public_pem((first / "public_key.pem").read_bytes()))
    log = folder / "site.log"
    with serving(society, "site", log=log):
        yield SimpleNamespace(
            society=society, id=found.manifest.id, folder=first, key=key, log=log, url=society.url("site", "/releases/")
        )


def test_a_real_server_gives_parts_and_etags_and_lets_other_origins_read(served: SimpleNamespace) -> None:
    address = f"{served.url}{served.id}.1/tables.csv"
    data = (served.folder / "tables.csv").read_bytes()
    whole = HTTP.request("GET", address)
    assert (whole.status, whole.data) == (200, data)
    etag = whole.headers["ETag"]
    part = HTTP.request("GET", address, headers=CLOSE | {"Range": "bytes=10-19", "If-Range": etag})
    assert (part.status, part.data) == (206, data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    beyond = HTTP.request("GET", address, headers=CLOSE | {"Range": f"bytes={len(data)}-"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
    same = HTTP.request("GET", address, headers=CLOSE | {"If-None-Match": etag})
    assert (same.status, same.data, same.headers["ETag"]) == (304, b"", etag)
    head = HTTP.request("HEAD", address)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(data)))
    asks = CLOSE | {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    assert HTTP.request("OPTIONS", address, headers=asks).headers["Access-Control-Allow-Origin"] == "*"
    assert whole.headers["Access-Control-Allow-Origin"] == "*"


def test_the_archive_of_a_real_release_can_be_checked(
    served: SimpleNamespace, tmp_path: Path, ask: Callable[..., Ran]
) -> None:
    answer = HTTP.request("GET", f"{served.url}{served.id}/release.zip")
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
    ran = ask("verify", tmp_path / f"{served.id}.2", "--key", served.key)
    assert ran.code == 0, ran


def test_a_release_at_an_address_is_checked_like_a_folder(served: SimpleNamespace, ask: Callable[..., Ran]) -> None:
    for end, number in (("/", 2), (".1/", 1), (".2/index.html", 2)):
        ran = ask("verify", f"{served.url}{served.id}{end}", "--key", served.key, "--json")
        assert ran.code == 0, ran
        found = json.loads(ran.out)
        assert (found["sound"], found["signer_checked"], found["round_id"]) == (True, True, served.id)
        corrected = any(
            "Revision 1, which lies beside it, is the one that it replaces" in s for s in found["established"]
        )
        assert corrected == (number == 2)
        assert any("revision 2, which corrects it" in s for s in found["not_established"]) == (number == 1)


def test_the_key_of_the_same_address_is_never_trusted(served: SimpleNamespace, ask: Callable[..., Ran]) -> None:
    address = f"{served.url}{served.id}/"
    ran = ask("verify", address)
    assert ran.code == 0
    assert ran.out.startswith("Fetched ")
    assert "Who signed was not checked" in ran.out
    ran = ask("verify", address, "--key", f"{address}public_key.pem")
    assert ran.code == 1
    assert "key from an address proves nothing" in ran.out


def test_a_key_that_is_none_is_a_slip_and_no_verdict(served: SimpleNamespace, ask: Callable[..., Ran]) -> None:
    ran = ask("verify", f"{served.url}{served.id}/", "--key", "deadbeef")
    assert (ran.code, ran.out) == (2, "")
    assert "neither a fingerprint of 64 hex digits nor a file that can be read" in ran.err


@pytest.mark.parametrize("name", ["public_key.pem", "tables.csv"])
def test_a_release_that_was_changed_on_the_way_is_not_verified(
    served: SimpleNamespace, ask: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from host import fetching

    body = fetching._Download._body

    def changed(self: Any, answer: Any, most: int) -> bytes:
        data = body(self, answer, most)
        return b"x" + data if str(answer.url).endswith(name) else data

    monkeypatch.setattr(fetching._Download, "_body", changed)
    ran = ask("verify", f"{served.url}{served.id}.1/", "--key", served.key)
    assert ran.code == 1
    assert "NOT VERIFIED" in ran.out


def test_whoever_fetches_a_release_leaves_no_trace(served: SimpleNamespace) -> None:
    port, mark = served.society.house.config.site.address[1], f"MARK{secrets.token_hex(6)}"
    before = {path: path.stat().st_mtime_ns for path in served.society.folder.rglob("*")}
    ends = ("", "index.json", "feed.atom", f"{served.id}/", f"{served.id}.1/tables.csv", f"{served.id}/release.zip")
    for end in (*ends, f"{served.id}/{mark}", mark):
        asked = [f"GET /releases/{end} HTTP/1.1", "Host: a", "Connection: close"]
        told = [f"User-Agent: {mark}", f"Cookie: x={mark}", f'If-None-Match: "{mark}"', f"Range: bytes={mark}", "", ""]
        answer = send(port, "\r\n".join([*asked, *told]).encode(), "127.0.0.9")
        assert b"HTTP/1.1 " in answer
        assert b"Set-Cookie" not in answer
        assert mark.encode() not in answer
    assert {path: path.stat().st_mtime_ns for path in served.society.folder.rglob("*")} == before
    said = served.log.read_text()
    assert mark not in said
    assert "127.0.0.9" not in said


def test_a_withdrawn_release_is_gone_and_says_why_also_to_who_would_check_it(
    served: SimpleNamespace, tmp_path: Path, ask: Callable[..., Ran]
) -> None:
    society = Society(Path(shutil.copytree(served.society.folder, tmp_path / "society")))
    manifest = society.house.rounds.find("spring").manifest
    tombstone = withdraw_release(society.house, manifest, "Two forms were mixed up.")
    into = served.folder.parent / tombstone.name
    shutil.copy(tombstone, into)
    try:
        answer = HTTP.request("GET", f"{served.url}{served.id}.1/tables.csv")
        assert answer.status == 410
        assert b"Two forms were mixed up." in answer.data
        ran = ask("verify", f"{served.url}{served.id}/", "--key", served.key)
        assert ran.code == 1
        assert "withdrawn on" in ran.out
        assert "Two forms were mixed up." in ran.out
    finally:
        into.unlink()
    assert HTTP.request("GET", f"{served.url}{served.id}.1/tables.csv").status == 200
