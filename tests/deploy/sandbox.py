"""A unit's sandbox without systemd, for tests: `sandbox.py UNIT HOME COMMAND…` runs a command as the unit would.

It sets up what of a unit a process can set up by itself: the filter of system calls (through libseccomp, from the sets
that this machine's systemd-analyze lists), no memory that is both written and run, no new privileges, the umask, and,
where it may, the view of the disk. HOME stands for /var/lib/subrosa, and HOME.backups for /var/backups.
"""

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from samples import BACKUPS, HOME, unit

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, PR_GET_MDWE, MDWE_REFUSE_EXEC_GAIN = 38, 65, 66, 1
ACT_ALLOW, ACT_EPERM = 0x7FFF0000, 0x00050000 | 1
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 1 << 18
AT_FDCWD, AT_RECURSIVE, ATTR_RDONLY = -100, 0x8000, 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Attributes(ctypes.Structure):
    """`struct mount_attr` of the kernel."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def may_filter() -> bool:
    """Whether this machine has systemd's sets of calls, and a kernel that can refuse to run what was written (6.3)."""
    return shutil.which("systemd-analyze") is not None and LIBC.prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0


def may_mount() -> bool:
    """Whether this process may have a view of the disk of its own, as root may outside most containers."""
    program = shutil.which("unshare")
    if program is None:
        return False
    return subprocess.run([program, "-m", "true"], capture_output=True, check=False).returncode == 0


def must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def read_only(path: str, clear: bool, flags: int) -> None:
    how = Attributes(0, ATTR_RDONLY, 0, 0) if clear else Attributes(ATTR_RDONLY, 0, 0, 0)
    must(LIBC.mount_setattr(AT_FDCWD, path.encode(), flags, ctypes.byref(how), ctypes.sizeof(how)))


def here(path: str, home: str) -> str:
    """Where a place that a unit names lies in this test."""
    return path.replace(HOME, home).replace(BACKUPS, f"{home}.backups")


def confine_disk(settings: dict[str, list[str]], home: str) -> None:
    """The view of the disk, in a namespace of mounts of its own: what a unit hides first, then what it shows again."""
    must(LIBC.unshare(CLONE_NEWNS))
    must(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    for folder in settings.get("StateDirectory", []):
        Path(home, folder.removeprefix("subrosa/")).mkdir(mode=0o700, exist_ok=True)
    shown = list(opened(settings, home))
    read_only("/", False, AT_RECURSIVE)
    for system in ("/dev", "/proc"):  # as with systemd
        read_only(system, True, AT_RECURSIVE)
    emptied = [value.partition(":")[0] for value in " ".join(settings.get("TemporaryFileSystem", [])).split()]
    for place in emptied:
        must(LIBC.mount(b"none", here(place, home).encode(), b"tmpfs", 0, b"mode=755"))
    for path, descriptor, written in shown:
        show(path, descriptor, written)
    for place in emptied:
        read_only(here(place, home), False, 0)
    for path in " ".join(settings.get("InaccessiblePaths", [])).split():
        hidden = here(path.removeprefix("-"), home)
        if Path(hidden).exists():
            must(LIBC.mount(b"none", hidden.encode(), b"tmpfs", 0, b"mode=000"))
    os.chdir(Path.cwd())  # or it would stay in the folder as it was


def opened(settings: dict[str, list[str]], home: str) -> Iterator[tuple[str, int, bool]]:
    """(place, descriptor, whether it may be written to) of what a unit binds, held while the places are still seen."""
    for name in ("BindReadOnlyPaths", "BindPaths"):
        for path in " ".join(settings.get(name, [])).split():
            place = here(path.removeprefix("-"), home)
            if Path(place).exists() or not path.startswith("-"):
                yield place, os.open(place, os.O_PATH), name == "BindPaths"


def show(path: str, descriptor: int, written: bool) -> None:
    held = f"/proc/self/fd/{descriptor}"
    if Path(held).is_dir():
        Path(path).mkdir(exist_ok=True)
    else:
        Path(path).touch()
    must(LIBC.mount(held.encode(), path.encode(), None, MS_BIND, None))
    read_only(path, written, 0)
    os.close(descriptor)


def calls(group: str) -> Iterator[str]:
    """The system calls of one of systemd's sets."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            yield from calls(name)
        elif name and not name.startswith("#"):
            yield name


def allowed(filters: list[str]) -> set[str]:
    """What a unit's SystemCallFilter lines leave, in their order."""
    found = set(calls("@default"))
    for line in filters:
        named = {name for group in line.removeprefix("~").split() for name in calls(group)}
        found = found - named if line.startswith("~") else found | named
    return found


def confine_calls(names: set[str]) -> None:
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ACT_EPERM))
    for name in names:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # not every call is known on every machine
            must(seccomp.seccomp_rule_add(context, ACT_ALLOW, number, 0))
    must(seccomp.seccomp_load(context))


def main(path: str, home: str, command: list[str]) -> None:
    settings = unit(Path(path).read_text(encoding="utf-8"))
    names = allowed(settings["SystemCallFilter"])  # asked before the disk is confined
    if may_mount():
        confine_disk(settings, home)
    os.umask(int(settings["UMask"][0], 8))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    must(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if settings["MemoryDenyWriteExecute"] == ["yes"]:
        must(LIBC.prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
    confine_calls(names)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
