"""`make screenshots`: the main pages of a real served society with an invented round, as small PNG files."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from browsing.driver import drive, missing
from browsing.invented import write_invented_answers
from browsing.society import Society, found_society
from survey.forms.loading import bundled
from survey.forms.model import Amount, Choice, Ranking

FOLDER: Final = Path("docs") / "screenshots"
FORM: Final = "hr-benchmark"
RESPONDENTS: Final = 150  # of the earlier round, so that results are published already
READ: Final = 900  # whose answers the pictured release is of: enough for its splits
_PHONE: Final = {
    "prefix": "phone-",
    "wanted": ["home", "promise", "code", "ranking", "amount", "review", "sent"],
    "viewport": {"width": 360, "height": 740},
    "scheme": "light",
    "scale": 2,
}
_READER: Final = {
    "question": "priorities",
    "asks": "Train five managers to notice strain",
    "prefix": "",
    "wanted": ["release-opening", "release-question", "case-filled"],
    "viewport": {"width": 1024, "height": 1180},
    "scheme": "light",
    "scale": 1,
}
_READER_ON_PHONE: Final = _READER | {
    "prefix": "phone-",
    "wanted": ["release-question"],
    "viewport": {"width": 360, "height": 740},
    "scale": 2,
}
_DESKTOP: Final = {
    "prefix": "desktop-dark-",
    "wanted": ["home", "promise", "choice"],
    "viewport": {"width": 1024, "height": 768},
    "scheme": "dark",
    "scale": 1,
}


def take(folder: Path, earlier: int = RESPONDENTS, say: Callable[[str], None] = print) -> list[Path]:
    """Write the pictures into `folder` and return them. `earlier`: respondents of a round that was published before."""
    with tempfile.TemporaryDirectory() as place:
        society = found_society(Path(place) / "society")
        with society.serving():
            if earlier:
                say(f"An earlier round of {earlier} invented respondents is counted and published first.")
                _published(society, "winter", earlier)
            society.open_round("spring", FORM, 300, "--by", _first(Choice), "--accept-imprecise")
            questions = {"ranking": _first(Ranking), "amount": _first(Amount), "choice": _first(Choice)}
            links = society.invitations("spring", 2)
            folder.mkdir(parents=True, exist_ok=True)
            given: dict[str, Any] = {"site": society.urls["site"], "folder": str(folder), "questions": questions}
            pairs = zip((_PHONE, _DESKTOP), links, strict=True)
            return [
                folder / name for view, link in pairs for name in drive("pictures.mjs", given | view | {"link": link})
            ]


def take_release(folder: Path, people: int = READ, say: Callable[[str], None] = print) -> list[Path]:
    """The same of a release of `people` invented answers: its page, one question, and the case that is made from it."""
    with tempfile.TemporaryDirectory() as place:
        say(f"A release of {people} invented answers is made.")
        society, release = found_society(Path(place) / "society"), Path(place) / "release"
        write_invented_answers(society.folder / "answers.csv", bundled(FORM), people)
        wanted = ("--respondents", str(people), "--by", "size", "--accept-imprecise", "--out", str(release))
        society.does("measure", "--form", FORM, "--answers", "answers.csv", "--name", "pictured", *wanted)
        folder.mkdir(parents=True, exist_ok=True)
        pages = {"page": (release / "index.html").as_uri(), "case": (release / "case.html").as_uri()}
        views = (_READER, _READER_ON_PHONE)
        given: dict[str, Any] = pages | {"folder": str(folder)}
        return [folder / name for view in views for name in drive("release_pictures.mjs", given | view)]


def _published(society: Society, name: str, respondents: int) -> None:
    society.open_round(name, FORM, respondents)
    codes, answers = society.folder / "codes.txt", society.folder / "answers.csv"
    society.does("invite", name, "--count", str(respondents), "--out", str(codes))
    write_invented_answers(answers, bundled(FORM), respondents)
    (manifest,) = (society.folder / "rounds").glob("*/manifest.json")
    society.does("respond", "--manifest", str(manifest), "--invites", str(codes), "--answers", str(answers))
    society.does("round", "close", name, "--early")
    society.does("tally", name)
    society.does("publish", name)


def _first(kind: type) -> str:
    """The id of the form's first question of a kind."""
    return next(question.id for question in bundled(FORM).questions if isinstance(question, kind))


def main() -> None:
    if lacking := missing():
        raise SystemExit(f"No pictures were taken: there is no {', no '.join(lacking)}.")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for path in [*take_release(folder), *take(folder)]:
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
