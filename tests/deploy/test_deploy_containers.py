"""The container files: what is copied or run exists, and a party's container reaches its own volume alone."""

import re
import tomllib
from ipaddress import ip_network

import pytest
import yaml
from samples import DEPLOY, PROJECT, ROLES, compose, text_of

from host.config import Party
from host.serving import server_settings
from host.stopping import longest_stop
from storage.address import read_address
from survey.sources import Sources, read_proxy

SETTINGS = server_settings(Party("", "", "127.0.0.1:8001"), threads=64)
CONFIG = tomllib.loads((PROJECT / "config.example.toml").read_text(encoding="utf-8"))
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, rest) of a Containerfile. Raises: ValueError for one that it does not use."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    found = [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines.splitlines())]
    found = [(word, rest) for word, rest in found if word]
    if {word for word, _ in found} - KNOWN:
        raise ValueError("an instruction that nobody looked at")
    return found


IMAGE = instructions(text_of("containers/Containerfile"))
LAST_STAGE = IMAGE[max(number for number, (word, _) in enumerate(IMAGE) if word == "FROM") :]


def copied() -> set[str]:
    """What of the project goes into the image."""
    plain = [rest.split() for word, rest in IMAGE if word == "COPY" and not rest.startswith("--from=")]
    return {source.rstrip("/") for words in plain for source in words[:-1]}


def services() -> dict[str, dict[str, object]]:
    return compose()["services"]


def mounted(party: dict[str, object]) -> list[tuple[str, str, bool]]:
    """(volume or file, place, whether it may be written to) of all that a container is given."""
    found = []
    for volume in party["volumes"]:  # type: ignore[attr-defined]
        if isinstance(volume, dict):
            found.append((volume["source"], volume["target"], not volume["read_only"]))
        else:
            source, place, *how = volume.split(":")
            found.append((source, place, how != ["ro"]))
    return found


def test_everything_that_is_copied_exists_and_no_society_could_be_among_it():
    assert copied()
    assert [path for path in sorted(copied()) if not (PROJECT / path).exists()] == []
    assert copied().isdisjoint({".", "*", ".git", "docs", "tests", "subrosa.toml"})


def test_every_room_of_the_project_is_copied():
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    assert {package.partition(".")[0] for package in packages} == {
        path for path in copied() if (PROJECT / path / "__init__.py").exists()
    }


def test_every_file_that_installing_needs_is_copied():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {
        "Makefile",
        "pyproject.toml",
        "requirements/core.txt",
        project["readme"],
        *project["license-files"],
    } <= copied()


def test_what_runs_while_it_is_built_exists():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    runs = " && ".join(rest for word, rest in IMAGE if word == "RUN")
    (target,) = re.findall(r"\bmake (\w+)", runs)
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    compiled = re.search(r"compileall -q ([\w ]+)", runs)
    assert compiled
    assert {room for room in compiled[1].split() if not (PROJECT / room).is_dir()} == set()


def test_what_comes_from_elsewhere_is_one_python_and_nothing_else():
    bases = [rest.split()[0] for word, rest in IMAGE if word == "FROM"]
    assert {base.partition(":")[0] for base in bases} == {"python"}
    wanted = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert {base.partition(":")[2].partition("-")[0] for base in bases} == {wanted.removeprefix(">=")}
    assert not re.search(r"://|\bcurl\b|\bwget\b|\bADD\b|apt-get", text_of("containers/Containerfile"))


def test_the_image_runs_the_program_as_a_user_who_is_not_root():
    said = dict(LAST_STAGE)
    assert said["USER"] == "10001:10001"
    assert said["ENTRYPOINT"] == '["subrosa"]'
    assert said["ENV"].split()[0].startswith(f"PATH={next(r for w, r in IMAGE if w == 'WORKDIR')}/.venv/bin:")
    assert {party["user"] for party in services().values()} == {said["USER"]}
    # A volume that is new takes mode and owner of the folder it lies over.
    run = next(rest for word, rest in LAST_STAGE if word == "RUN")
    assert "--uid 10001 " in run
    own = re.search(r"-m 0700((?: /society/\w+)+)", run)
    assert own
    public = re.search(r"-g subrosa((?: /society/\w+)+) &&", run)
    assert public
    assert public[1].split() == ["/society/rounds", "/society/releases"]
    volumes = {where for party in services().values() for _, where, _ in mounted(party)}
    assert {*own[1].split(), *public[1].split()} == volumes - {"/society", "/society/subrosa.toml"}


def test_an_instruction_that_nobody_looked_at_is_noticed():
    with pytest.raises(ValueError, match="nobody looked"):
        instructions("FROM python\nADD something /\n")


def test_no_container_may_gain_rights_write_to_its_image_or_keep_a_log():
    for party in services().values():
        assert party["read_only"] is True
        assert party["cap_drop"] == ["ALL"]
        assert party["security_opt"] == ["no-new-privileges:true"]
        assert party["logging"] == {"driver": "none"}
        assert party["ulimits"] == {"core": 0, "nofile": 4096}
        assert party["memswap_limit"] == party["mem_limit"]
        assert "privileged" not in party
        assert "/var/run/docker.sock" not in str(party)


def test_each_party_has_a_volume_a_network_and_a_port_of_its_own():
    for role in ROLES:
        party = services()[role]
        port = CONFIG[role]["listen"].rpartition(":")[2]
        assert party["command"] == ["serve", "--role", role]
        assert party["ports"] == [f"127.0.0.1:{port}:{port}"]
        assert party["networks"] == [role]
        own = ("releases", "/society/releases", False) if role == "site" else (role, f"/society/{role}", True)
        shown = [("./subrosa.toml", "/society/subrosa.toml", False), ("rounds", "/society/rounds", False)]
        assert mounted(party) == [*shown, own]
        assert int(str(party["stop_grace_period"]).removesuffix("s")) > longest_stop()
        assert int(str(party["pids_limit"])) > SETTINGS["threads"] + 16
    named = {source for party in services().values() for source, _, _ in mounted(party)}
    assert set(compose()["volumes"]) == named - {"./subrosa.toml"}
    assert set(compose()["networks"]) == set(ROLES)


def test_the_containers_of_the_host_start_only_when_they_are_asked_for_and_reach_no_network():
    host = services()["host"]
    assert host["profiles"] == ["host"]
    assert host["network_mode"] == "none"
    assert "ports" not in host


def test_what_the_hosts_commands_write_lies_where_no_party_is():
    """Codes, boxes and backups land in the folder that the commands run in, which is the host's alone."""
    (folder,) = [rest for word, rest in LAST_STAGE if word == "WORKDIR"]
    holders = {
        source: {name for name, party in services().items() if source in {one for one, _, _ in mounted(party)}}
        for source in compose()["volumes"]
    }
    assert {source for source, place, _ in mounted(services()["host"]) if place == folder} == {"society"}
    assert holders["society"] == holders["host"] == holders["tally"] == {"host"}
    assert holders["registrar"] == {"registrar", "host"}
    assert holders["intake"] == {"intake", "host"}
    said = (PROJECT / "docs" / "hosting" / "containers.md").read_text(encoding="utf-8")
    written = re.findall(r"--out (\S+)", said)
    assert len(written) > 1
    assert [name for name in written if "/" in name] == []


def test_the_proxy_is_believed_from_the_containers_networks_and_from_nowhere_else():
    said = (PROJECT / "docs" / "hosting" / "containers.md").read_text(encoding="utf-8")
    (named,) = set(re.findall(r'trusted_proxy = "(\S+)"', said + text_of("containers/compose.yaml")))
    networks = {role: network["ipam"]["config"][0]["subnet"] for role, network in compose()["networks"].items()}
    assert all(ip_network(subnet).subnet_of(read_proxy(named)) for subnet in networks.values())  # type: ignore[arg-type]
    assert len(set(networks.values())) == len(ROLES)
    sources = Sources(proxy=read_proxy(named))
    gateway, elsewhere = str(ip_network(networks["registrar"])[1]), "10.201.43.1"

    def told(sender: str, who: str) -> bytes | None:
        return sources({"REMOTE_ADDR": sender, "HTTP_X_FORWARDED_FOR": who})

    assert told(gateway, "198.51.100.7") != told(gateway, "203.0.113.9")
    assert told(elsewhere, "198.51.100.7") == told(elsewhere, "203.0.113.9")


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_a_partys_database_is_shared_with_nobody_else(role):
    added = yaml.safe_load(text_of("containers/compose.postgresql.yaml"))["services"]
    database, party = added[f"{role}-database"], added[role]
    assert database["network_mode"] == "none"
    assert database["logging"] == {"driver": "none"}
    for source in (volume.split(":")[0] for volume in database["volumes"] if volume.startswith(".")):
        assert (DEPLOY / "containers" / source).is_file(), source
    given = dict(word.split("=", 1) for word in database["command"] if "=" in word)
    mounted = {volume.split(":")[1] for volume in database["volumes"]}
    assert {given["config_file"], given["hba_file"]} <= mounted
    own = f"{role}-socket"
    holders = {name for name, one in added.items() if any(str(v).startswith(f"{own}:") for v in one["volumes"])}
    assert holders == {role, f"{role}-database", "host"}
    # Where subrosa.toml is told to look for the socket and the password, they are.
    shown = re.findall(r'database = "(postgresql:[^"]+)"', text_of("containers/compose.postgresql.yaml"))
    (url,) = [read_address(text) for text in shown if f"/{role}?" in text]
    assert party["volumes"] == [f"{own}:{url.query['host']}"]
    assert str(url.query["passfile"]).startswith(f"/society/{role}/")


def test_health_is_asked_where_a_service_listens():
    for role in ROLES:
        asked = str(services()[role]["healthcheck"]["test"])  # type: ignore[index]
        assert f":{CONFIG[role]['listen'].rpartition(':')[2]}/readyz" in asked


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_the_compose_file_gives_no_setting_twice(name):
    class Once(yaml.SafeLoader):
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        keys = [loader.construct_object(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        assert len(keys) == len(set(keys)), keys
        return yaml.SafeLoader.construct_mapping(loader, node)

    Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    assert yaml.load(text_of(f"containers/{name}"), Loader=Once)  # noqa: S506  (a safe loader itself)
    with pytest.raises(AssertionError):
        yaml.load("a: 1\na: 2\n", Loader=Once)  # noqa: S506
