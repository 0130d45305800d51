"""A release at an address: what is fetched, within which bounds, and what is said where there is none."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from host import fetching
from host.fetching import NotFetched, fetched
from reports.signing import sums
from survey.rounds.revision import Revision
from survey.rounds.withdrawal import Withdrawal, sign_withdrawal

ID = "a" * 64
FILES = {"index.html": b"<p>", "tables.csv": b"1\n"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="module")
def running() -> Iterator[SimpleNamespace]:
    """A web server that gives out what a test puts there, and keeps what it was asked for."""
    there: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            status, headers, body = there.get(self.path, (404, {}, b"nothing"))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield SimpleNamespace(there=there, asked=asked, url=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running: SimpleNamespace) -> SimpleNamespace:
    running.there.clear()
    running.asked.clear()
    return running


def put(server: SimpleNamespace, place: str, files: dict[str, bytes]) -> str:
    """Files at an address, as a release lists them; returns the address."""
    listed = {"SHA256SUMS": sums(files), "SHA256SUMS.sig": bytes(64)}
    for name, data in (files | listed).items():
        server.there[f"{place}/{name}"] = (200, {}, data)
    return f"{server.url}{place}/"


@pytest.mark.parametrize("end", ["", "/", "/index.html"])
def test_every_listed_file_is_fetched_and_kept_only_while_it_is_checked(server: SimpleNamespace, end: str) -> None:
    put(server, f"/some/{ID}", FILES)
    with fetched(f"{server.url}/some/{ID}{end}") as found:
        folder = found.folder
        names = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert set(names) == {*FILES, "SHA256SUMS", "SHA256SUMS.sig"}
        assert names["tables.csv"] == b"1\n"
        assert (folder.name, found.host, found.files) == (ID, "127.0.0.1", 4)
        assert folder.parent.stat().st_mode & 0o077 == 0
    assert not folder.parent.exists()


def test_requests_say_nothing_of_who_asks(server: SimpleNamespace) -> None:
    with fetched(put(server, f"/{ID}", FILES)):
        pass
    for _, headers in server.asked:
        assert set(headers) <= {"Host", "Accept-Encoding"}


def test_what_tells_of_other_revisions_is_fetched_beside_it(server: SimpleNamespace) -> None:
    third = Revision(3, "Again.", "2026-05-03", "0" * 64).to_bytes()
    address = put(server, f"/r/{ID}", FILES | {"revision.json": third})  # as the site serves the latest
    for number in (2, 4):
        put(server, f"/r/{ID}.{number}", FILES)
    server.there[f"/r/{ID}.withdrawn.json"] = (200, {}, b"{}")
    with fetched(address) as found:
        beside = {path.name for path in found.folder.parent.iterdir()}
        assert found.folder.name == f"{ID}.3"
        assert beside == {f"{ID}.2", f"{ID}.3", f"{ID}.4", f"{ID}.withdrawn.json"}


@pytest.mark.parametrize("first", [f"{ID}.1", ID])
def test_the_first_release_is_found_on_the_site_and_in_a_plain_folder(server: SimpleNamespace, first: str) -> None:
    second = Revision(2, "Once.", "2026-05-03", "0" * 64).to_bytes()
    put(server, f"/{first}", FILES)
    with fetched(put(server, f"/{ID}.2", FILES | {"revision.json": second})) as found:
        assert (found.folder.parent / ID / "SHA256SUMS").read_bytes() == sums(FILES)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.org/releases/x/", "not encrypted"),
        ("https://user:pass@example.org/x/", "before '@'"),
        ("https://example.org/x/?y=1", "after '\\?'"),
        ("https://example.org/x/#y", "after '\\?'"),
        ("http://abcdefgh.onion/x/", "Tor Browser"),
        ("https://[broken/", "not an address"),
    ],
)
def test_an_address_that_is_not_to_be_asked_is_refused(address: str, said: str) -> None:
    with pytest.raises(NotFetched, match=said), fetched(address):
        pass


def test_where_there_is_no_release_it_is_said(server: SimpleNamespace) -> None:
    with pytest.raises(NotFetched, match="no release at this address"), fetched(f"{server.url}/none/"):
        pass
    server.there["/page/SHA256SUMS"] = (200, {}, b"<!doctype html>")
    with pytest.raises(ValueError, match="not a list of digests"), fetched(f"{server.url}/page/"):
        pass


def test_a_listed_file_that_is_not_there_is_named(server: SimpleNamespace) -> None:
    address = put(server, f"/{ID}", FILES)
    del server.there[f"/{ID}/tables.csv"]
    with pytest.raises(NotFetched, match=r"lists tables\.csv"), fetched(address):
        pass


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(server: SimpleNamespace, status: int) -> None:
    put(server, "/other", FILES)
    server.there[f"/{ID}/SHA256SUMS"] = (status, {"Location": f"{server.url}/other/SHA256SUMS"}, b"")
    with pytest.raises(NotFetched, match="leads elsewhere"), fetched(f"{server.url}/{ID}/"):
        pass
    assert [path for path, _ in server.asked] == [f"/{ID}/SHA256SUMS"]


@pytest.mark.parametrize("status", [500, 503, 418])
def test_a_server_that_answers_strangely_is_named(server: SimpleNamespace, status: int) -> None:
    server.there[f"/{ID}/SHA256SUMS"] = (status, {}, b"")
    with pytest.raises(NotFetched, match=f"it answers {status}"), fetched(f"{server.url}/{ID}/"):
        pass


def test_more_than_a_release_may_hold_is_not_fetched(server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"{number}.csv": b"" for number in range(101)}
    with pytest.raises(NotFetched, match="more than 100 files"), fetched(put(server, "/many", many)):
        pass
    monkeypatch.setattr(fetching, "MOST_BYTES", 1_000_000)
    with (
        pytest.raises(NotFetched, match="larger than a release"),
        fetched(put(server, "/large", {"a.csv": bytes(600_000), "b.csv": bytes(600_000)})),
    ):
        pass
    with (
        pytest.raises(NotFetched, match="larger than a release"),
        fetched(put(server, "/packed", {"a.csv": bytes(1_000_001)})),
    ):
        pass


def test_a_server_that_takes_too_long_is_left(server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_SECONDS", -1)
    with pytest.raises(NotFetched, match="too slow"), fetched(put(server, f"/{ID}", FILES)):
        pass


def test_a_server_that_is_not_there_is_named(running: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.Retry, "sleep", lambda *_: None)
    with pytest.raises(NotFetched, match="does not answer"), fetched("http://127.0.0.1:9/x/"):
        pass


def test_a_withdrawn_release_is_told_with_its_reason_and_key(server: SimpleNamespace) -> None:
    server.there[f"/{ID}.2/SHA256SUMS"] = (410, {}, b"gone")
    with pytest.raises(NotFetched, match="no signed withdrawal"), fetched(f"{server.url}/{ID}.2/"):
        pass
    said = Withdrawal(ID, "Two forms were mixed up.", "2026-06-01", KEY.public_key().public_bytes_raw())
    server.there[f"/{ID}.withdrawn.json"] = (200, {}, sign_withdrawal(said, KEY))
    with (
        pytest.raises(NotFetched, match=r"withdrawn on 2026-06-01\. .*Two forms were mixed up\."),
        fetched(f"{server.url}/{ID}.2/"),
    ):
        pass


def test_a_release_that_is_gone_together_with_its_withdrawal_is_told_in_one_sentence(server: SimpleNamespace) -> None:
    server.there[f"/{ID}.2/SHA256SUMS"] = server.there[f"/{ID}.withdrawn.json"] = (410, {}, b"gone")
    with (
        pytest.raises(NotFetched, match="withdrawn or gone; no signed withdrawal could be read there"),
        fetched(f"{server.url}/{ID}.2/"),
    ):
        pass
    assert len(server.asked) == 2


def test_what_is_gone_beside_a_release_does_not_stand_in_its_way(server: SimpleNamespace) -> None:
    for end in (".2/SHA256SUMS", ".2/SHA256SUMS.sig", ".withdrawn.json"):
        server.there[f"/{ID}{end}"] = (410, {}, b"gone")
    with fetched(put(server, f"/{ID}", FILES)) as found:
        assert found.files == 4


@pytest.fixture
def dripping() -> Iterator[SimpleNamespace]:
    """A server that sends a byte now and then, for far longer than the test allows; from `whence` of each answer on."""
    there: dict[str, bytes] = {}
    slow: dict[str, str] = {}
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = there.get(self.path, b"")
            head = f"HTTP/1.1 {200 if self.path in there else 404} .\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            whence = {"head": 12, "body": len(head), None: len(head + body)}[slow.get(self.path)]
            self.wfile.write((head + body)[:whence])
            for byte in (head + body)[whence:]:
                if over.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # it was left
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield SimpleNamespace(there=there, slow=slow, url=f"http://127.0.0.1:{server.server_port}")
    over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("whence", ["head", "body"])
@pytest.mark.parametrize("name", [f"{ID}/index.html", f"{ID}.withdrawn.json"])
def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(
    dripping: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, whence: str, name: str
) -> None:
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.5)
    files = FILES | {"SHA256SUMS": sums(FILES), "SHA256SUMS.sig": bytes(64)}
    dripping.there.update({f"/{ID}/{each}": data for each, data in files.items()})
    dripping.there[f"/{name}"] = bytes(200)
    dripping.slow[f"/{name}"] = whence
    start = time.monotonic()
    with pytest.raises(NotFetched, match="too slow"), fetched(f"{dripping.url}/{ID}/"):
        pass
    assert time.monotonic() - start < 3
