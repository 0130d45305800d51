"""The pictures for the documents, taken of a real served society. Needs Chromium, node and the client's packages."""

import struct
import zlib

import pytest

from browsing import screenshots
from browsing.driver import missing

MOST_BYTES, MOST_FILES = 60_000, 10
PHONE, DESKTOP = (720, 1480), (1024, 768)  # a phone's picture has two dots a pixel

browser = pytest.mark.skipif(bool(missing()), reason=f"NO PICTURES: there is no {', no '.join(missing())}")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return screenshots.take(tmp_path_factory.mktemp("pictures") / "screenshots", earlier=0, say=lambda _: None)


@pytest.mark.long
@browser
def test_there_is_one_small_picture_of_every_main_page(pictures):
    phone = [f"phone-{page}.png" for page in ("home", "promise", "code", "ranking", "amount", "review", "sent")]
    assert [path.name for path in pictures][:7] == phone
    assert all(path.name.startswith("desktop-dark-") for path in pictures[7:])
    assert 7 < len(pictures) <= MOST_FILES
    assert all(path.stat().st_size <= MOST_BYTES for path in pictures)


@pytest.mark.long
@browser
def test_every_picture_is_a_whole_png_that_is_not_blank(pictures):
    for path in pictures:
        chunks = chunks_of(path.read_bytes())
        width, height, *kind = struct.unpack(">IIBBBBB", chunks["IHDR"])
        assert (width, height) == (PHONE if path.name.startswith("phone") else DESKTOP)
        assert kind == [8, 3, 0, 0, 0]
        dots = zlib.decompress(chunks["IDAT"])
        assert len(dots) == height * (width + 1)
        assert 2 < len(set(dots)) <= max(dots) + 1 <= len(chunks["PLTE"]) // 3


def chunks_of(png: bytes) -> dict[str, bytes]:
    """The chunks of a PNG by their names; fails if a checksum is wrong."""
    assert png[:8] == bytes.fromhex("89504e470d0a1a0a")
    found, at = {}, 8
    while at < len(png):
        (length,), name = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + data)
        found[name.decode()] = data
        at += 12 + length
    return found


def test_without_a_browser_the_command_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(screenshots, "missing", lambda: ["Chromium", "node"])
    with pytest.raises(SystemExit, match="No pictures were taken: there is no Chromium, no node"):
        screenshots.main()
