"""The sandbox in which the other tests run services is a real one: what a unit forbids fails in it."""

import subprocess
import sys

import pytest
from confining import CONFINED, confined
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
print(any(map(os.listdir, (home / "host", home / "tally"))), end=" ")
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
