"""The units: systemd takes them, finds little exposed, and they fit the server, the config and each other."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from samples import BACKUPS, DEPLOY, HOME, PROGRAM, PROJECT, ROLES, service, text_of, unit, units

from host.config import Party
from host.serving import server_settings
from host.stopping import longest_stop

ANALYZE = shutil.which("systemd-analyze")
EXPOSED_AT_MOST = 1.2  # of 10, as systemd-analyze counts
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze here")
SETTINGS = server_settings(Party("", "", "127.0.0.1:8001"), threads=64)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_takes_every_unit_and_knows_every_setting_in_it(tmp_path):
    """With a program that is there in place of ours, which is installed elsewhere."""
    for path in units():
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace(PROGRAM, "/bin/true").replace("Documentation=", "#"))
    ran = analyze("verify", *map(str, sorted(tmp_path.iterdir())))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@needs_systemd
def test_a_setting_that_systemd_does_not_know_is_noticed(tmp_path):
    text = text_of("systemd/subrosa-intake.service").replace(PROGRAM, "/bin/true")
    (tmp_path / "planted.service").write_text(text.replace("PrivateTmp=", "PrivateTemp="))
    assert "PrivateTemp" in analyze("verify", str(tmp_path / "planted.service")).stderr


@needs_systemd
@pytest.mark.parametrize("path", [path for path in units() if path.suffix == ".service"], ids=lambda path: path.name)
def test_little_of_the_machine_is_exposed_to_a_unit(path):
    ran = analyze("security", "--offline=yes", f"--threshold={round(EXPOSED_AT_MOST * 10)}", str(path))
    assert ran.returncode == 0, ran.stdout


@needs_systemd
def test_a_unit_that_exposes_more_is_noticed(tmp_path):
    planted = tmp_path / "planted.service"
    planted.write_text(text_of("systemd/subrosa-intake.service").replace("CapabilityBoundingSet=", "#"))
    assert analyze("security", "--offline=yes", f"--threshold={round(EXPOSED_AT_MOST * 10)}", str(planted)).returncode


@pytest.mark.parametrize("role", ROLES)
def test_a_service_can_write_to_its_own_folder_alone_and_sees_nobody_elses(role):
    """Of the society it is shown what is named, instead of being shown all but what is named."""
    settings = service(role)
    assert settings["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in settings
    assert settings.get("StateDirectory", []) == ([] if role == "site" else [f"subrosa/{role}"])
    assert settings["TemporaryFileSystem"] == [f"{HOME}:ro"]
    assert settings["InaccessiblePaths"] == [f"-{BACKUPS}"]
    assert settings.get("BindPaths", []) == ([] if role == "site" else [f"{HOME}/{role}"])
    public = [f"{HOME}/subrosa.toml", f"{HOME}/rounds", *([f"-{HOME}/releases"] if role == "site" else [])]
    assert " ".join(settings["BindReadOnlyPaths"]).split() == public


def test_backups_lie_where_no_service_sees_them():
    settings = unit(text_of("systemd/subrosa-backup@.service"))
    (written,) = re.findall(r"--out (\S+)", settings["ExecStart"][0])
    assert written.startswith(f"{BACKUPS}/")
    said = (PROJECT / "docs" / "hosting" / "operating.md").read_text(encoding="utf-8")
    places = re.findall(r"subrosa backup \w+(?: --replace)? --out (\S+)", said)
    assert places
    assert [place for place in places if not place.startswith(f"{BACKUPS}/")] == []


def test_a_backup_that_is_refused_says_why_though_what_is_in_one_is_not_told():
    settings = unit(text_of("systemd/subrosa-backup@.service"))
    assert (settings["StandardOutput"], settings["StandardError"]) == (["null"], ["journal"])


@pytest.mark.parametrize("role", ROLES)
def test_a_service_is_given_the_time_and_the_means_its_server_needs(role):
    settings = service(role)
    assert int(settings["TimeoutStopSec"][0]) > longest_stop()
    assert int(settings["TasksMax"][0]) > SETTINGS["threads"] + 16
    assert settings["KillMode"] == ["mixed"]  # only the first process is told to stop, and ends the others in order
    assert int(settings["UMask"][0], 8) == SETTINGS["umask"]
    # The signals that end it must not look like a crash, and a wrong setting must not start it over and over.
    assert settings["Restart"] == ["on-failure"]
    assert settings["RestartPreventExitStatus"] == ["2"]


@pytest.mark.parametrize("role", ROLES)
def test_what_a_service_says_stays_in_memory(role):
    settings = service(role)
    assert settings["LogNamespace"] == ["subrosa"]
    journal = unit(text_of("systemd/journald@subrosa.conf"))
    assert journal["Storage"] == ["volatile"]
    assert journal["ForwardToSyslog"] == ["no"]
    # Our sentences come over standard error, and must not fall below the level that is kept.
    levels = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
    assert levels.index(settings["SyslogLevel"][0]) <= levels.index(settings["LogLevelMax"][0])
    assert levels.index(settings["SyslogLevel"][0]) <= levels.index(journal["MaxLevelStore"][0])


def test_the_three_services_differ_in_nothing_but_what_they_may_touch():
    folders = {"StateDirectory", "StateDirectoryMode", "BindPaths", "BindReadOnlyPaths"}
    own = {"Description", "After", "ExecStart", *folders}
    shared = [
        {name: value for name, value in service(role).items() if name not in {*own, "SyslogIdentifier"}}
        for role in ROLES
    ]
    assert shared[0] == shared[1] == shared[2]
    assert len(shared[0]) > 40


def test_the_journal_of_the_services_is_named_like_its_file():
    assert (DEPLOY / "systemd" / f"journald@{service('intake')['LogNamespace'][0]}.conf").is_file()
    assert Path(PROGRAM).parts[-3:-1] == (".venv", "bin")
