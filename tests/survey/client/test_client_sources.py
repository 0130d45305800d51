"""The client's types, its own tests, and the committed bundle, which must be what its sources build."""

import gzip
import json
import re

import pytest
from client_process import BUNDLE, CASE, CLIENT

LOCK = json.loads((CLIENT / "package-lock.json").read_text(encoding="utf-8"))
PACKAGE = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
BENEATH = ("@hpke/common", "@hpke/dhkem-x25519", "mlkem")  # what the packages in the page need themselves


def test_the_types_are_right(node):
    """Of the page, which knows nothing of Node, and of the tests."""
    checked = node("test/types.mjs")
    assert checked.returncode == 0, checked.stdout


def test_the_clients_own_tests_pass(node):
    ran = node("test/run.mjs")
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert int(re.search(r"^# pass (\d+)", ran.stdout, re.MULTILINE)[1]) > 50


@pytest.fixture(scope="module")
def built(node, tmp_path_factory):
    """Both scripts as these sources make them, and the files that went into each; each built once."""

    def build(entry):
        folder = tmp_path_factory.mktemp("built")
        script, inputs = folder / "built.js", folder / "inputs.json"
        ran = node("build.mjs", str(script), entry, str(inputs))
        assert ran.returncode == 0, ran.stderr
        return script.read_bytes(), json.loads(inputs.read_text(encoding="utf-8"))

    return {BUNDLE: build("src/main.ts"), CASE: build("src/case/main.ts")}


@pytest.mark.parametrize("bundle", [BUNDLE, CASE])
def test_the_committed_bundle_is_built_from_these_sources_byte_for_byte(built, bundle):
    """After a change: `npm ci && npm run build` in survey/client."""
    script, _ = built[bundle]
    assert script == bundle.read_bytes()


@pytest.mark.parametrize(("bundle", "most", "zipped"), [(BUNDLE, 170_000, 55_000), (CASE, 40_000, 15_000)])
def test_the_bundle_is_small(bundle, most, zipped):
    assert len(bundle.read_bytes()) < most
    assert len(gzip.compress(bundle.read_bytes(), 9, mtime=0)) < zipped


def test_the_case_asks_keeps_and_opens_nothing():
    """The page's policy forbids most of it as well; this script has none of the words for it."""
    case = CASE.read_text(encoding="utf-8")
    ways = (
        "fetch(",
        "XMLHttpRequest",
        "sendBeacon",
        "WebSocket",
        "EventSource",
        "RTCPeer",
        "Worker(",
        "import(",
        ".open(",
    )
    places = ("location", "history", "localStorage", "sessionStorage", "indexedDB", "cookie", "caches", ".src=", "href")
    assert [word for word in (*ways, *places) if word in case] == []


@pytest.mark.parametrize("path", [BUNDLE, CASE])
def test_the_bundle_evaluates_no_text_and_names_no_place(path):
    bundle = path.read_text(encoding="utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in bundle
    addresses = set(re.findall(r"https?://[\w.-]+[\w/.-]*", bundle))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a kind of element, never fetched
    assert "sourceMappingURL" not in bundle


def test_nothing_but_these_packages_ends_up_in_the_page(built):
    """What tests alone need (foreign implementations, axe, the browser's driver) is not served to anybody."""
    _, files = built[BUNDLE]
    assert all(file.startswith(("src/", "node_modules/")) for file in files)
    packages = {re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", file)[1] for file in files if file[0] == "n"}
    assert packages == {*PACKAGE["dependencies"], *BENEATH}
    assert not [file for file in files if "/sjcl/" in file and not file.endswith("node_modules/sjcl/core/sjcl.js")]


def test_no_package_at_all_ends_up_in_the_case(built):
    _, files = built[CASE]
    assert all(file.startswith("src/") for file in files)


def test_the_table_of_advisories_has_the_versions_that_are_installed():
    """A package that changes has to be looked up again."""
    table = dict(re.findall(r"^\| `([^`]+)` \| ([\d.]+) \|", (CLIENT / "README.md").read_text("utf-8"), re.MULTILINE))
    installed = {path.removeprefix("node_modules/"): entry["version"] for path, entry in LOCK["packages"].items()}
    assert table == {name: installed[name] for name in table}
    assert set(table) >= {*PACKAGE["dependencies"], *BENEATH, *PACKAGE["overrides"]}


def test_every_package_is_pinned_and_none_has_an_address():
    wanted = PACKAGE["dependencies"] | PACKAGE["devDependencies"] | PACKAGE["overrides"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    installed = {path: entry for path, entry in LOCK["packages"].items() if path}
    assert all(entry["integrity"].startswith("sha512-") for entry in installed.values())
    assert "resolved" not in (CLIENT / "package-lock.json").read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!opencollective|github|paulmillr\.com/funding)", json.dumps(LOCK))


def test_an_overridden_package_is_installed_once_and_in_the_version_asked_for():
    for name, version in PACKAGE["overrides"].items():
        found = [entry["version"] for path, entry in LOCK["packages"].items() if path.endswith(f"node_modules/{name}")]
        assert found == [version]
