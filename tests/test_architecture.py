"""The import directions of the house, and the size of its rooms, read from the source of every module.

Imports inside functions count like all others, and so do those for the type checker alone: a room that needs another
room's types needs the other room.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ROOMS = ("aggregation", "audit", "benchmarks", "browsing", "host", "privacy", "reports", "storage", "survey")
WORKSHOP = ("audit", "benchmarks", "browsing")  # they attack, measure and show what the others do
MAX_FILE = 300
MAX_FUNCTION = 60


@dataclass(frozen=True)
class Rule:
    """Modules below `of` import nothing of ours but `only`, and nothing at all of `never`."""

    of: str
    only: tuple[str, ...] = ROOMS
    never: tuple[str, ...] = ()


WEB = ("flask", "gunicorn", "urllib3", "sqlalchemy", "werkzeug")
RULES = (
    # Databases, and nothing of what is in them.
    Rule("storage", only=("storage",), never=("flask", "gunicorn", "urllib3", "werkzeug")),
    Rule("privacy", only=("privacy", "storage")),
    Rule("survey.forms", only=("survey.forms",), never=WEB),
    # Read by the site and by releases, which must not know of each other.
    Rule("survey.case", only=("survey.case",), never=WEB),
    Rule("survey", only=("survey", "storage")),
    # Every role describes itself with it, the site too, which has no store.
    Rule(
        "survey.description",
        never=("survey.registrar", "survey.intake", "survey.respondent", "survey.pages", "sqlalchemy"),
    ),
    Rule("survey.registrar", never=("survey.intake", "survey.respondent", "survey.pages")),
    Rule("survey.intake", never=("survey.registrar", "survey.respondent", "survey.pages")),
    Rule("survey.pages", never=("survey.registrar", "survey.intake", "survey.respondent", "sqlalchemy")),
    Rule("survey.respondent", never=("survey.registrar", "survey.intake")),
    *(Rule(f"survey.{pure}", never=("storage",)) for pure in ("pages", "rounds", "tokens", "sealing")),
    Rule("survey.rounds", never=("survey.registrar", "survey.intake", "survey.respondent", *WEB)),
    Rule("survey.tokens", only=("survey.tokens",), never=WEB),
    Rule("survey.sealing", only=("survey.sealing", "survey.tokens"), never=WEB),
    Rule(
        "aggregation",
        only=("aggregation", "privacy", "survey.forms", "survey.tokens", "survey.sealing", "survey.rounds"),
        never=WEB,
    ),
    # What the world sees is made of measurements; exact counts never reach it. A reader checks it without a database.
    Rule(
        "reports",
        only=("reports", "privacy", "survey.case", "survey.forms", "survey.rounds"),
        never=("privacy.counts", "privacy.ledger", "privacy.store", *WEB),
    ),
    # A benchmark compares with bare OpenDP, in an environment of its own.
    *(Rule(room, never=("opendp",)) for room in ROOMS if room not in ("privacy", "benchmarks")),
    # Heavy, and needed for pictures alone.
    *(Rule(room, never=("altair", "vl_convert")) for room in ROOMS if room != "reports"),
    # An extra, for counting on other machines.
    *(Rule(room, never=("dask", "distributed")) for room in ROOMS if room not in ("aggregation", "benchmarks")),
    # It attacks what a tally and a reader of releases have, and plants faults there: nobody may depend on it.
    Rule(
        "audit",
        only=(
            "audit",
            "privacy",
            "aggregation",
            "reports",
            "survey.forms",
            "survey.rounds",
            "survey.sealing",
            "survey.tokens",
        ),
        never=tuple(name for name in WEB if name != "sqlalchemy"),  # for a ledger in memory
    ),
    Rule("benchmarks", never=("audit",)),
    Rule("browsing", never=("audit", "benchmarks")),
    *(Rule(room, never=("host",)) for room in ROOMS if room not in ("host", *WORKSHOP)),
    *(Rule(room, never=("tests", *WORKSHOP, "pytest")) for room in ROOMS if room not in WORKSHOP),
)


@dataclass(frozen=True)
class Module:
    """Where a module lies in the house, and what stands in it."""

    path: Path
    text: str


@cache
def modules() -> dict[str, Module]:
    """Every module of the house by its dotted name."""
    paths = [path for room in ROOMS for path in sorted((PROJECT / room).rglob("*.py"))]
    found = {path.relative_to(PROJECT): path for path in paths if "node_modules" not in path.parts}
    return {name_of(path): Module(path, at.read_text(encoding="utf-8")) for path, at in found.items()}


def planted(path: str, text: str) -> dict[str, Module]:
    """The house with one module more, or with this at the end of one that it has."""
    name = name_of(Path(path))
    before = modules()[name].text if name in modules() else ""
    return modules() | {name: Module(Path(path), f"{before}\n{text}\n")}


def name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(text: str) -> tuple[ast.AST, ...]:
    """All that a module consists of. Most are read again and again, beside a planted fault in another."""
    kinds = (ast.Import, ast.ImportFrom, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef)
    return tuple(node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds))


@cache
def imported(name: str, module: Module, known: frozenset[str]) -> frozenset[str]:
    """Everything a module imports, wherever in it, spelled out to the module."""
    return frozenset(_imported(name, module, known))


def _imported(name: str, module: Module, known: frozenset[str]) -> Iterator[str]:
    package = name if module.path.name == "__init__.py" else name.rpartition(".")[0]
    for node in nodes(module.text):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            # `from survey import problems` imports the module survey.problems, not all of survey.
            yield from (full if (full := f"{source}.{a.name}") in known else source for a in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            yield str(first.value) if isinstance(first, ast.Constant) else "(a computed name)"


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def below(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def violations(house: dict[str, Module], within: str = "") -> list[str]:
    """What is imported against the rules. within: by this module alone."""
    found, known = [], frozenset(house)
    for name in [within] if within else house:
        module = house[name]
        for target in sorted(imported(name, module, known)):
            for rule in RULES:
                strange = below(target, ROOMS) and not below(target, rule.only)
                if below(name, (rule.of,)) and (strange or below(target, rule.never) or "(" in target):
                    found.append(f"{name} imports {target}")
    return found


def oversized(house: dict[str, Module]) -> list[str]:
    found = []
    for name, module in house.items():
        if (lines := module.text.count("\n")) > MAX_FILE:
            found.append(f"{name} has {lines} lines")
        for node in nodes(module.text):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MAX_FUNCTION:
                    found.append(f"{name}.{node.name} has {length} lines")
    return found


def test_imports_point_down_only():
    assert violations(modules()) == []


def test_every_room_has_modules_and_every_rule_a_subject():
    known = modules()
    assert all(any(below(name, (rule.of,)) for name in known) for rule in RULES)


def test_no_file_and_no_function_is_too_long():
    assert oversized(modules()) == []


@pytest.mark.parametrize(
    ("module", "line", "target"),
    [
        ("privacy/measure.py", "import survey.tokens", "survey.tokens"),
        ("privacy/noise.py", "def f():\n    from host.house import House", "host.house"),
        ("storage/sqlite.py", "from survey.intake.tables import SCHEMA", "survey.intake.tables"),
        ("survey/pages/app.py", "from storage.opening import open_database", "storage.opening"),
        ("survey/forms/codec.py", "from survey import tokens", "survey.tokens"),
        ("survey/forms/codec.py", "from .. import tokens", "survey.tokens"),
        ("survey/intake/app.py", "def f():\n    import survey.registrar.codes", "survey.registrar.codes"),
        ("survey/registrar/app.py", "from survey.intake.box import BallotBox", "survey.intake.box"),
        ("survey/registrar/app.py", "from ..intake import box", "survey.intake.box"),
        ("survey/service.py", "import privacy", "privacy"),
        ("survey/pages/app.py", "import survey.intake.box", "survey.intake.box"),
        ("survey/tokens.py", "import importlib\nimportlib.import_module('aggregation.opening')", "aggregation.opening"),
        ("survey/tokens.py", "name = 'x'\n__import__(name)", "(a computed name)"),
        ("aggregation/opening.py", "import survey.registrar.register", "survey.registrar.register"),
        ("aggregation/counting.py", "import survey.intake.box", "survey.intake.box"),
        ("aggregation/counting.py", "import opendp.prelude as dp", "opendp.prelude"),
        (
            "aggregation/counting.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import reports.page.page",
            "reports.page.page",
        ),
        ("reports/page/page.py", "from aggregation.counting import count", "aggregation.counting"),
        ("reports/page/page.py", "from privacy import counts", "privacy.counts"),
        ("reports/entries.py", "from privacy.ledger import Entry", "privacy.ledger"),
        ("reports/page/page.py", "from survey.intake.box import BallotBox", "survey.intake.box"),
        ("host/serving.py", "import opendp", "opendp"),
        ("reports/page/page.py", "import host", "host"),
        ("audit/trial.py", "import host.house", "host.house"),
        ("audit/scenarios.py", "from survey.registrar.issuing import Issuer", "survey.registrar.issuing"),
        ("privacy/measure.py", "import audit.faults", "audit.faults"),
        ("host/serving.py", "from audit import faults", "audit.faults"),
        ("benchmarks/tally.py", "from audit.bounds import least_mu", "audit.bounds"),
    ],
)
def test_a_planted_import_is_found(module, line, target):
    name = name_of(Path(module))
    assert f"{name} imports {target}" in violations(planted(module, line), within=name)


def test_a_planted_long_file_and_a_long_function_are_found():
    text = "def long():\n" + "    x = 1\n" * 61 + "\n" * 240

    found = oversized(planted("host/everything.py", text))
    assert found == ["host.everything has 304 lines", "host.everything.long has 62 lines"]
