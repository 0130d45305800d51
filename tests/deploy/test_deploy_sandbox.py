"""The sandbox in which the other tests run services is a real one: what a unit forbids fails in it."""

import subprocess
import sys

import pytest
from confining import CONFINED, confined
from samples import ROLES
from sandbox import may_mount
from societies import founded


@pytest.mark.skipif(not CONFINED, reason="there is no systemd here whose sets of calls could be asked")
def test_a_confined_service_can_do_nothing_else(tmp_path):
    """The sandbox of the whole way above is a real one."""
    society = founded(tmp_path / "society")
    attempts = """
import ctypes, mmap, os, sys
from pathlib import Path
home = Path(sys.argv[1])
def may(act):
    try:
        act()
    except (OSError, PermissionError):
        return False
    return True
libc = ctypes.CDLL(None, use_errno=True)
print(may(lambda: (home / "intake" / "own").write_text("")), end=" ")
print(may(lambda: (home / "rounds" / "forged").write_text("")), end=" ")
print(any(os.listdir(path) for path in (home / "host", home / "tally") if path.exists()), end=" ")
print(may(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)), end=" ")
print(libc.ptrace(0, 0, None, None) == 0, end=" ")
print(libc.mount(b"none", b"/mnt", b"tmpfs", 0, None) == 0, end=" ")
print(may(lambda: os.chown(home / "intake", 1, 1)))
"""
    private = society.folder / "intake"
    private.mkdir()
    command = confined(society, "intake", sys.executable, "-c", attempts, str(society.folder))
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    blind = may_mount()
    wanted = [True, not blind, not blind, False, False, False, False]
    assert ran.stdout.split() == [str(may) for may in wanted], ran


@pytest.mark.skipif(not (CONFINED and may_mount()), reason="no process may have a view of the disk of its own here")
@pytest.mark.parametrize("role", ROLES)
def test_whoever_broke_into_a_service_finds_nothing_but_what_it_serves(tmp_path, role):
    """Not what a host's commands wrote beside it, whatever its name, and no backup."""
    society = founded(tmp_path / "society")
    backups = society.folder.with_name("society.backups")
    backups.mkdir()
    for planted in (society.folder / "links.txt", society.folder / "spring.box", backups / "host.backup"):
        planted.write_text("codes")
    for party in ("registrar", "intake", ".restoring"):
        (society.folder / party).mkdir()
        (society.folder / party / "kept").write_text("keys")
    looks = """
import os, sys
from pathlib import Path
home = Path(sys.argv[1])
print(*sorted(os.listdir(home)), end=";")
print(*(path.name for path in Path(f"{home}.backups").rglob("*")), end=";")
print((home / "subrosa.toml").stat().st_size > 0, Path.cwd() == home and Path("subrosa.toml").exists())
"""
    command = confined(society, role, sys.executable, "-c", looks, str(society.folder))
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=society.folder)
    own = "releases" if role == "site" else role
    assert ran.stdout == f"{' '.join(sorted(('rounds', 'subrosa.toml', own)))};;True True\n", ran
