"""Where ci/setup unpacked what test_foreign.py runs: programs of another
architecture, and the interpreter for them."""

from conftest import CACHE, need

PROGRAMS = CACHE / "programs"


def unpacked(package, path):
    """A file of a package of ci/packages.txt, section [unpacked]."""
    found = PROGRAMS / package / path
    need(found.exists(), f"{package}, unpacked: ci/setup unpacked")
    return found


def qemu():
    return unpacked("qemu-user-static", "usr/bin/qemu-aarch64-static")


def busybox(architecture):
    return unpacked(f"busybox-static:{architecture}", "bin/busybox")
