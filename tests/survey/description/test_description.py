"""What each role says of itself at /openapi.json, held against its code."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from roles import DESCRIBED

import survey
from survey import problems
from survey.description.document import ADDRESS, openapi
from survey.problems import Problem

ROLES = tuple(DESCRIBED)
ROOT = Path(survey.__file__).parent
# Answered by the app as a whole, wherever it is asked.
EVERYWHERE = {problems.TOO_LARGE.name, problems.TOO_OFTEN.name, problems.FAULT.name}
ELSEWHERE = {problems.NOT_FOUND.name, problems.WRONG_METHOD.name, problems.UNREADABLE.name}


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return request.param


def served(roles, role):
    return json.loads(roles.apps[role].test_client().get(ADDRESS).data)


def test_every_route_and_method_is_described_and_nothing_else(roles, role):
    described = {(path, method.upper()) for path, item in served(roles, role)["paths"].items() for method in item}
    rules = roles.apps[role].url_map.iter_rules()
    assert described == {
        (re.sub("<(.*?)>", r"{\1}", rule.rule), method) for rule in rules for method in rule.methods or ()
    }


def test_a_route_of_which_nothing_is_said_is_found(tmp_path, rounds, clock):
    from survey.intake.app import create_app

    app = create_app(rounds, None, clock)
    app.get("/v1/more")(lambda: "more")
    with pytest.raises(KeyError):
        openapi(app, DESCRIBED["intake"])


def test_it_is_valid_openapi_and_of_the_same_bytes_each_time(roles, role):
    client = roles.apps[role].test_client()
    first, again = client.get(ADDRESS), client.get(ADDRESS)
    assert (first.status_code, first.content_type, first.data) == (200, "application/json", again.data)
    schemathesis.openapi.from_dict(json.loads(first.data)).validate()


def test_it_names_no_software_and_no_host(roles, role):
    said = json.dumps(served(roles, role)).lower()
    for word in ("flask", "werkzeug", "gunicorn", "python", "marshmallow", "apispec", "sqlite", "site.example"):
        assert word not in said


def functions(files: list[Path]) -> dict[str, list[ast.AST]]:
    """Functions and module-level values by name; those of one name are taken together."""
    found: dict[str, list[ast.AST]] = {}
    for path in files:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for name in (node.name, *handled(node)):
                    found.setdefault(name, []).append(node)
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.setdefault(node.target.id, []).append(node)
    return found


def handled(function: ast.FunctionDef) -> Iterator[str]:
    """The errors that a function makes answers of: whoever raises one of them can lead there."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == "errorhandler":
            yield from (argument.id for argument in decorator.args if isinstance(argument, ast.Name))


def mentioned(node: ast.AST) -> Iterator[tuple[bool, str]]:
    """Problems (True) and other names (False) that a piece of code uses."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            yield isinstance(inner.value, ast.Name) and inner.value.id == "problems", inner.attr
        elif isinstance(inner, ast.Name):
            yield False, inner.id


def raised_by(endpoint: str, known: dict[str, list[ast.AST]]) -> set[str]:
    """Names of the problems in a view and in whatever it could call, by names alone: rather too many than too few."""
    found, seen, todo = set(), set(), [endpoint]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in known.get(name, []):
            for is_problem, used in mentioned(node):
                if is_problem:
                    found.add(getattr(problems, used).name)
                else:
                    todo.append(used)
    return found


def described_problems(operation: dict) -> set[str]:
    documents = [
        document
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        for part in content["schema"].get("allOf", [])
        for document in part.get("enum", [])
    ]
    return {document["type"].rpartition(":")[2] for document in documents}


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_every_problem_that_a_route_can_raise_is_listed_there(roles, role):
    known = functions([ROOT / "service.py", *sorted((ROOT / role).glob("*.py"))])
    document = served(roles, role)
    for rule in roles.apps[role].url_map.iter_rules():
        if rule.endpoint == "description":
            continue
        path = document["paths"][re.sub("<(.*?)>", r"{\1}", rule.rule)]
        (method,) = {m.lower() for m in rule.methods or ()} - {"head", "options"}
        raised = raised_by(rule.endpoint, known)
        listed = described_problems(path[method])
        assert raised <= listed, rule
        # What is listed and raised by no code of the route comes from what serves every route.
        assert listed - raised <= EVERYWHERE | ELSEWHERE | {problems.STORAGE.name}, rule


def test_every_problem_there_is_is_listed_by_some_service():
    answers = [
        answer
        for role in ("registrar", "intake")
        for operation in DESCRIBED[role].operations.values()
        for answer in (*operation.answers, *DESCRIBED[role].always)
    ]
    said = "".join(answer.says for answer in answers)
    everything = {value.name for value in vars(problems).values() if isinstance(value, Problem)}
    assert {name for name in everything if not re.search(rf"[ ]{name}[,.]", said)} == {problems.WRONG_METHOD.name}


def test_a_problem_that_is_raised_further_in_is_found():
    code = "def view():\n    inner()\ndef inner():\n    raise Refused(problems.CANCELLED)\n"
    known = {node.name: [node] for node in ast.parse(code).body}
    assert raised_by("view", known) == {"cancelled"}


@pytest.mark.parametrize(
    ("path", "method", "problem"),
    [("/elsewhere", "GET", "NOT_FOUND"), ("/v1/rounds/x/manifest", "DELETE", "WRONG_METHOD")],
)
def test_what_any_address_may_answer_is_what_is_listed(roles, path, method, problem):
    for role in ("registrar", "intake"):
        answer = roles.apps[role].test_client().open(path, method=method)
        assert answer.data == getattr(problems, problem).to_bytes()
    assert method != "DELETE" or answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_sizes_are_those_that_the_services_take(roles):
    request = served(roles, "registrar")["paths"]["/v1/rounds/{round_id}/token-request"]["post"]
    token = request["requestBody"]["content"]["application/private-token-request"]["schema"]
    assert (token["minLength"], token["maxLength"]) == (259, 259)
    response = served(roles, "intake")["paths"]["/v1/rounds/{round_id}/response"]["put"]
    sealed = response["requestBody"]["content"]["application/octet-stream"]["schema"]
    assert sealed["minLength"] <= roles.open.sealed_length <= sealed["maxLength"]
