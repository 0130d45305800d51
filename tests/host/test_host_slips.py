"""Slips to cut out: read back from the PDF file as a phone's camera and a person's eye would."""

import io
import re
import socket
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from societies import PULSE, opened

from host import printing
from host.opening import Dates
from host.slip_words import SlipWords
from host.slips import SlipError, check_slips, write_slips
from survey.registrar.codes import hash_code, new_code
from survey.registrar.register import CodeCounts, Verdict
from survey.rounds.times import now

WORDS = SlipWords("Society", "Title", "Scan.", "Or type.", "https://survey.society.example", "Works once.")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/round#[0-9a-f]{64}\.[a-z2-7]{5}(-[a-z2-7]{1,5}){5}")


def pages(pdf, dots_per_inch=150):
    document = pypdfium2.PdfDocument(pdf)
    found = [page.render(scale=dots_per_inch / 72, grayscale=True).to_numpy().squeeze() for page in document]
    document.close()
    return found


def texts(pdf):
    document = pypdfium2.PdfDocument(pdf)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return found


def scanned(picture):
    return sorted(one.text for one in zxingcpp.read_barcodes(np.ascontiguousarray(picture)))


def held_badly(picture):
    """As a phone sees a slip: turned, in poor light, out of focus, with a grainy sensor."""
    image = Image.fromarray(picture).rotate(7, expand=True, fillcolor=200).filter(ImageFilter.GaussianBlur(1))
    dim = np.asarray(image, dtype=float) * 0.4 + 60
    return np.clip(dim + np.random.default_rng(5150).normal(0, 6, dim.shape), 0, 255).astype(np.uint8)


def typed_codes(text):
    return sorted(
        "-".join(match).lower() for match in re.findall(r"([A-Z2-7]{5}(?:-[A-Z2-7]{5}){2})\s+([A-Z2-7-]{13})\b", text)
    )


def links_of(count, site="https://survey.society.example"):
    return [f"{site}/round#{'ab' * 32}.{new_code()}" for _ in range(count)]


def written(links, words=WORDS):
    file = io.BytesIO()
    write_slips(file, words, links, lambda _done: None)
    return file.getvalue()


@pytest.fixture
def printed(society, ask, monkeypatch):
    """`invite --slips` for thirteen: the manifest, the file, and what was said."""
    monkeypatch.chdir(society.folder)
    manifest = opened(society)
    ran = ask("invite", "spring", "--count", 13, "--slips", "slips.pdf")
    assert ran.code == 0, ran
    return manifest, society.folder / "slips.pdf", ran


def test_slips_and_links_that_lead_to_this_machine_itself_are_warned_of(society, printed, ask):
    _, path, ran = printed
    warning = f"these links lead to {society.url('site')}, which is this machine itself"
    assert (ran.code, ran.err.count(warning)) == (0, 1)
    assert path.exists()
    assert ask("invite", "spring", "--count", 2, "--links").err.count(warning) == 1
    assert "machine" not in ask("invite", "spring", "--count", 2).err
    public = society.config.read_text().replace(society.url("site"), "https://survey.society.example")
    society.config.write_text(public)
    assert "machine" not in ask("invite", "spring", "--count", 2, "--links").err


def test_a_phone_reads_every_link_even_from_a_bad_picture(society, printed):
    manifest, path, _ = printed
    first, second = pages(path.read_bytes())
    links = scanned(first) + scanned(second)
    assert (len(scanned(first)), len(scanned(second))) == (10, 3)
    assert sorted(links) == sorted(scanned(held_badly(first)) + scanned(held_badly(second)))
    assert len(set(links)) == 13
    for link in links:
        assert LINK.fullmatch(link)
        assert link.startswith(f"{society.url('site')}/round#{manifest.id}.")


def test_every_code_that_is_printed_works_once(society, printed):
    manifest, path, _ = printed
    codes = [link.rpartition(".")[2] for page in pages(path.read_bytes()) for link in scanned(page)]
    register = society.register
    for code in codes:
        assert register.spend(manifest.id_bytes, hash_code(code, manifest.id_bytes), b"one") is Verdict.SIGN
        assert register.spend(manifest.id_bytes, hash_code(code, manifest.id_bytes), b"two") is Verdict.USED
    assert register.counts(manifest.id_bytes) == CodeCounts(13, 13, 0)


def test_the_code_for_typing_is_the_one_in_the_picture(society, printed):
    _, path, _ = printed
    content = path.read_bytes()
    for page, text in zip(pages(content), texts(content), strict=True):
        assert typed_codes(text) == [link.rpartition(".")[2] for link in sorted(scanned(page), key=lambda x: x[-31:])]
        assert text.count("Our society") == text.count("Pulse") == text.count(society.url("site")) == len(scanned(page))


def test_the_file_is_its_owners_and_tells_nothing_of_machine_and_time(printed):
    _, path, ran = printed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = pypdfium2.PdfDocument(path)
    told = document.get_metadata_dict()
    document.close()
    assert {told.pop("CreationDate"), told.pop("ModDate")} == {"D:20000101000000+00'00'"}
    assert set(told.values()) == {""}
    for name in (socket.gethostname(), str(path.parent), str(now().year)):
        assert name.encode() not in path.read_bytes()
    assert "13" in ran.out
    assert not re.search(r"[a-z2-7]{5}-[a-z2-7]{5}", ran.out + ran.err)


def test_the_same_slips_are_the_same_bytes():
    links = links_of(3)
    assert written(links) == written(links)


def test_slips_are_written_in_the_language_that_is_asked_for(society, ask, monkeypatch):
    monkeypatch.chdir(society.folder)
    closes = datetime(now().year + 1, 3, 1, 17, 0, tzinfo=UTC)
    form = PULSE.replace('title = "Pulse"', 'title = { en = "Pulse", es = "El pulso de la señora" }')
    opened(society, form=form, dates=Dates(now().replace(microsecond=0), closes, closes + timedelta(days=1)))
    for language, expected in (
        ("es", ("El pulso de la señora", "teléfono", f"1 de marzo de {closes.year}, 17:00 UTC")),
        ("en", ("Pulse", "own phone", f"1 March {closes.year}, 17:00 UTC")),
    ):
        assert ask("invite", "spring", "--count", 1, "--slips", f"{language}.pdf", "--language", language).code == 0
        (text,) = texts((society.folder / f"{language}.pdf").read_bytes())
        assert [words for words in expected if words not in " ".join(text.split())] == []


@pytest.mark.parametrize(
    ("title", "name"),
    [("Pulse", "Σύλλογος"), ("Пульс", "Our society"), ("Pulse 👍", "Our society"), ("脉搏", "Our society")],
)
def test_letters_that_cannot_be_printed_are_said_before_any_code_is_made(society, ask, monkeypatch, title, name):
    monkeypatch.chdir(society.folder)
    society.write("subrosa.toml", society.config.read_text().replace('name = "Our society"', f'name = "{name}"'))
    manifest = opened(society, form=PULSE.replace('title = "Pulse"', f'title = "{title}"'))
    ran = ask("invite", "spring", "--count", 2, "--slips", "slips.pdf")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 2  # the first says that links lead to this machine only
    assert ("title" if title != "Pulse" else "society's name") in ran.err
    assert not (society.folder / "slips.pdf").exists()
    assert society.register.counts(manifest.id_bytes).issued == 0


def test_an_existing_file_is_never_overwritten(society, ask, monkeypatch):
    monkeypatch.chdir(society.folder)
    manifest = opened(society)
    kept = society.write("kept.pdf", "mine")
    (society.folder / "link.pdf").symlink_to(society.folder / "elsewhere.pdf")
    for name in ("kept.pdf", "link.pdf", "none/slips.pdf"):
        assert ask("invite", "spring", "--count", 2, "--slips", name).code == 2
    assert kept.read_text() == "mine"
    assert not (society.folder / "elsewhere.pdf").exists()
    assert society.register.counts(manifest.id_bytes).issued == 0


def test_no_valid_code_is_left_where_the_slips_could_not_be_written(society, ask, monkeypatch):
    monkeypatch.chdir(society.folder)
    manifest = opened(society)
    real = printing.make_invitations
    made = []

    def making(*arguments, **options):
        made.extend(real(*arguments, **options))
        made[1] += "x" * 9000  # no QR code holds that: the second slip cannot be drawn
        return list(made)

    monkeypatch.setattr(printing, "make_invitations", making)
    monkeypatch.setattr(printing, "withdraw_invitations", withdrawing(monkeypatch, made))
    assert ask("invite", "spring", "--count", 3, "--slips", "slips.pdf").code != 0
    assert not (society.folder / "slips.pdf").exists()
    assert society.register.counts(manifest.id_bytes) == CodeCounts(3, 0, 3)


def withdrawing(monkeypatch, made):
    """The real thing, with the links as they were before the test spoilt one."""
    real = printing.withdraw_invitations
    return lambda house, published, links: real(house, published, [link.rstrip("x") for link in links])


@pytest.mark.parametrize("site", ["https://survey." + "a" * 63 + ".example", "https://survey.example/" + "b" * 400])
def test_an_address_that_does_not_fit_is_said(site):
    (link,) = links_of(1, site)
    with pytest.raises(SlipError, match="--links"):
        check_slips(replace(WORDS, site=site), link)


def test_a_link_too_long_for_a_phone_is_said():
    for length in (500, 5000):
        with pytest.raises(SlipError, match="phones"):
            check_slips(WORDS, "https://survey.society.example/" + "b" * length)


def test_the_longest_link_that_is_taken_can_still_be_scanned():
    link = next(
        link
        for length in range(450, 100, -1)
        if fits(link := "https://survey.society.example/" + "b" * length + "#" + "ab" * 32 + "." + new_code())
    )
    (page,) = pages(written([link]), 300)
    assert scanned(page) == [link]


def fits(link):
    try:
        check_slips(WORDS, link)
    except SlipError:
        return False
    return True


@pytest.mark.parametrize("title", ["W" * 400, "word " * 200, "“Quoted” – and € 5 …", "a", "Ñandú " * 9])
def test_no_text_leaves_its_slip_or_covers_another(title):
    words = SlipWords("S" * 300, title, WORDS.scan, WORDS.or_type, WORDS.site, "Works once, until " + "1234 " * 30)
    document = pypdfium2.PdfDocument(written(links_of(1), words))
    page = document[0].get_textpage()
    boxes = [page.get_rect(n) for n in range(page.count_rects())]
    document.close()
    left, right, top, bottom = 10 / 25.4 * 72, 105 / 25.4 * 72, (297 - 10) / 25.4 * 72, (297 - 10 - 55.4) / 25.4 * 72
    slip = [box for box in boxes if box[0] > left]  # the scissors stand in the margin
    assert len(slip) >= 7
    for box in slip:
        assert left < box[0] < box[2] < right
        assert bottom < box[1] < box[3] < top
    rows = sorted({(round(box[1], 1), round(box[3], 1)) for box in slip})
    assert all(above[0] >= below[1] - 1.5 for below, above in pairwise(rows))
