"""The walk through a round is walked: each command is run, and prints what the document says it prints."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from samples import PROJECT, nginx, text_of
from societies import Ran, Society, enter_directly, later, opened, some_rows
from walks import ROUND, SOCIETY, Step, Walked, run, says, set_in, settings, steps, unlike

from host.keys import read_sealing_public
from host.opening import Dates
from survey.rounds.times import now

PEOPLE = 100  # far above the gate of 30, whatever the noise


class Machines:
    """The web machine and the tally's; files that a step carries are carried before the next one."""

    def __init__(self, place: Path) -> None:
        self.web, self.tally = Society(place / "web"), Society(place / "tally")
        for society, elsewhere in ((self.web, "tally"), (self.tally, "host")):
            society.folder.mkdir()
            founded = run(society.folder, "subrosa init . --json")
            set_in(society.config, SOCIETY | settings("hosting/server.md"))
            shutil.rmtree(society.folder / elsewhere)
            if society is self.web:
                self.fingerprint = str(json.loads(founded.out)["fingerprint"])

    def walk(self, step: Step) -> Walked:
        society = self.tally if ". Tally" in step.heading else self.web
        self._carry(society)
        if "round open" in step.command:
            return self._open(step)
        if "round show" in step.command:
            enter_directly(self.web, self.web.house.rounds.find("spring").manifest, some_rows(PEOPLE))
        return Walked(step, run(society.folder, self._filled_in(step.command, society)))

    def keep(self, step: Step, backups: Path) -> Walked:
        """Backups of the web machine, and their restoring on one that has nothing yet."""
        restored = self.web.folder.with_name("restored")
        restored.mkdir(exist_ok=True)
        folder = restored if " restore " in step.command else self.web.folder
        return Walked(step, run(folder, step.command.replace("/var/backups/subrosa", str(backups))))

    def _open(self, step: Step) -> Walked:
        """The document's round is opened beside; a small one with the same key goes on, which takes less time."""
        beside = shutil.copytree(self.web.folder, self.web.folder.with_name("beside"))
        opening = Walked(step, run(beside, self._filled_in(step.command, self.web)))
        (key,) = self.web.folder.glob("*.pub")
        dates = Dates(now().replace(microsecond=0), now() + timedelta(days=20), now() + timedelta(days=40))
        opened(self.web, dates=dates, sealing_key=read_sealing_public(key))
        return opening

    def _carry(self, to: Society) -> None:
        other = self.web if to is self.tally else self.tally
        for kind in ("*.pub", "*.box", "*.measurement"):
            for path in [*other.folder.glob(kind), *(other.folder / "tally").glob(f"keys/{kind}")]:
                if not (to.folder / path.name).exists():
                    shutil.copy(path, to.folder)

    def _filled_in(self, command: str, society: Society) -> str:
        """With this round's ids and keys, and days that are to come."""
        days = (30,) if "extend" in command else (20, 40)
        for found, ahead in zip(re.findall(r"\d{4}-\d\d-\d\dT[\d:+]+", command), days, strict=False):
            command = command.replace(found, later(days=ahead))
        round_id = (*self.web.house.rounds.ids(), "")[0]
        key = next((path.name for path in society.folder.glob("*.pub")), "")
        command = re.sub(r"\w+…\.pub", key, command)
        command = command.replace("ROUND_ID", round_id).replace("releases/…", f"releases/{round_id}")
        command = command.replace("FINGERPRINT", self.fingerprint)
        return f"{command} --early" if "round close" in command else command


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return Machines(tmp_path_factory.mktemp("walk"))


@pytest.fixture(scope="module")
def round_walk(machines: Machines) -> list[Walked]:
    return [machines.walk(step) for step in steps("hosting.md", ROUND) if step.command != "subrosa serve"]


def test_the_round_of_the_document_is_walked_from_the_key_to_the_verified_release(round_walk):
    assert unlike(round_walk) == []
    assert round_walk[0].step.command == "subrosa keys new"
    assert len(round_walk) == 11


def test_backups_are_made_and_restored_as_the_document_says(machines, round_walk, tmp_path):
    typed = [step for step in steps("hosting/operating.md", "Backups") if step.command.startswith("subrosa ")]
    kept = [machines.keep(step, tmp_path) for step in typed]
    assert [(one.step, one.ran) for one in unlike(kept) if not _names_the_place(one, tmp_path)] == []
    assert len(kept) == 6
    again = [machines.keep(step, tmp_path) for step in typed if step.command.startswith("subrosa backup ")]
    assert [one for one in again if not _names_the_place(one, tmp_path)] == []  # the same lines, the next day
    restored = Society(machines.web.folder.with_name("restored"))
    assert restored.house.rounds.ids() == machines.web.house.rounds.ids()


def _names_the_place(one: Walked, backups: Path) -> bool:
    """Whether it says what the document says, but for the folder, which is the test's own."""
    printed = one.ran.out.replace(str(backups), "/var/backups/subrosa")
    return one.ran.code == 0 and says(one.step.printed, printed)


def test_a_folder_is_there_before_a_backup_is_written_to_it():
    """Both where backups are made, and where they are brought to be restored."""
    typed = [step.command for step in steps("hosting/operating.md", "Backups")]
    for kind in ("subrosa backup ", "subrosa restore "):
        first = next(number for number, command in enumerate(typed) if command.startswith(kind))
        made = [number for number, command in enumerate(typed[:first]) if command.startswith("install -d ")]
        assert made
        del typed[: first + 1]
    assert typed[-1].startswith("systemctl enable --now ")


@pytest.mark.parametrize("umask", ["umask 022;", "umask 077;"])
def test_each_upgrade_of_the_document_replaces_the_version_before(tmp_path, umask):
    """Also the second and the third, and from a folder of private files with libraries installed in it."""
    typed = [step.command for step in steps("hosting/operating.md", "Upgrades")]
    moving = [command for command in typed if re.match(r"(umask|rm -rf|mv|cp -r|chmod) ", command)]
    assert typed[-1] == "subrosa --version"
    opt, source = tmp_path / "opt", tmp_path / "subrosa"
    (source / ".venv").mkdir(parents=True)
    (opt / "subrosa").mkdir(parents=True)
    script = " && ".join(moving).replace("/opt/", f"{opt}/")
    assert script.count(f"{opt}/subrosa") == 9
    for version in ("2", "3", "4"):
        (source / "version").write_text(version)
        (source / "version").chmod(0o600)
        subprocess.run(["sh", "-c", f"{umask} {script}"], cwd=tmp_path, check=True)
        installed = opt / "subrosa" / "version"
        assert (installed.read_text(), installed.stat().st_mode & 0o777) == (version, 0o644)
        assert [path.name for path in installed.parent.iterdir()] == ["version"]
        assert sorted(path.name for path in opt.iterdir()) == ["subrosa", "subrosa.old"]


def test_root_makes_files_that_services_can_read_whatever_the_terminal_was_used_for_before():
    """A README's reader has a terminal with `umask 077`; under it the services could not read the program."""
    for name, section in (("server.md", ""), ("postgresql.md", ""), ("onion.md", ""), ("operating.md", "Upgrades")):
        typed = [step.command for step in steps(f"hosting/{name}", section) if step.prompt == "#"]
        assert typed[0] == "umask 022", name


def test_the_program_is_installed_without_libraries_of_another_folder():
    typed = [step.command for step in steps("hosting/server.md")]
    copied = typed.index("cp -r subrosa /opt/subrosa")
    assert typed[copied + 1] == "rm -rf /opt/subrosa/.venv"
    assert typed.index("make install") > copied + 1


def test_what_prints_something_else_is_noticed():
    step = Step("", "$", "", "Counted 666 responses of 'spring' (2 withdrawn, 0 dropped). …\nNext: …")
    assert says(step.printed, "Counted 41 responses of 'spring' (0 withdrawn, 3 dropped). Keep.\nNext: publish\n")
    assert not says(step.printed, "Counted 41 answers of 'spring' (0 withdrawn, 3 dropped). Keep.\nNext: publish\n")
    assert not says(step.printed, "Counted 41 responses of 'spring' (0 withdrawn, 3 dropped). Keep.\n")
    assert unlike([Walked(step, Ran(2, "", "subrosa: no"))])


def test_every_file_that_the_documents_copy_is_there():
    said = "".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "docs" / "hosting").glob("*.md")))
    named = set(re.findall(r"\b(deploy/\S+?)[\s\")`]", said))
    assert len(named) > 8
    assert [path for path in named if not list(PROJECT.glob(path))] == []


def test_the_certificates_that_are_fetched_are_those_that_nginx_reads():
    fetched = {s.command.split()[-1] for s in steps("hosting/server.md") if s.command.startswith("certbot")}
    read = {words[0] for words in nginx(text_of("nginx/nginx.conf")).everywhere("ssl_certificate")}
    assert read == {f"/etc/letsencrypt/live/{name}/fullchain.pem" for name in fetched}
