"""Runs a program under what a systemd unit forbids: python confined.py UNIT PROGRAM ARGUMENTS...

The filter of system calls is applied as systemd applies it, with its own groups of calls; memory is never writable and
executable, and nothing new can be gained. What a unit says of file systems and users is not applied here.
"""

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 38, 65
MDWE_REFUSE_EXEC_GAIN = 1
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


def settings(unit: Path, name: str) -> list[str]:
    """The values of a setting, one after the other."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


def allowed(unit: Path) -> set[str]:
    """The names of the system calls that are left."""
    left: set[str] = set()
    for value in settings(unit, "SystemCallFilter"):
        named = {call for word in value.removeprefix("~").split() for call in _calls(word)}
        left = left - named if value.startswith("~") else left | named
    return left


def _calls(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    words = [line.strip() for line in told.stdout.splitlines()[1:] if line.startswith(" ")]
    return {call for word in words if not word.startswith("#") for call in _calls(word)}


def _confine(unit: Path) -> None:
    calls = allowed(unit)
    seccomp, libc = ctypes.CDLL("libseccomp.so.2", use_errno=True), ctypes.CDLL(None, use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(REFUSE)))
    for call in calls:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            seccomp.seccomp_rule_add(rules, ctypes.c_uint32(ALLOW), number, 0)
    if settings(unit, "MemoryDenyWriteExecute") == ["yes"] and libc.prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this kernel cannot refuse memory that is writable and executable")
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or seccomp.seccomp_load(rules):
        raise OSError(ctypes.get_errno(), "the filter could not be applied")


if __name__ == "__main__":
    _confine(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
