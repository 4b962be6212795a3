"""What can be made again, kept by the digest of what it is made from: in
machines/KIND/NAME of the cache, whole or not at all, made by one process
while the others wait."""

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

from machines.kernel import ROOT

sys.path.append(str(ROOT / "ci"))
from linux.kept import cache_top  # noqa: E402

# How many of a kind are kept: a template is 100 MB, and every new build of
# the program under test makes new ones.
MOST = {"initramfs": 24, "kvm": 64, "modules": 12, "programs": 8,
        "templates": 24}


def top():
    return cache_top() / "machines"


@contextlib.contextmanager
def hold(kind, name, make):
    """The path of `name`, made by `make(path)` when missing; it will not be
    pruned while this is held."""
    path = top() / kind / name
    with _locked(kind, name, fcntl.LOCK_SH):
        if path.exists():
            os.utime(path)
            yield path
            return
    with _locked(kind, name, fcntl.LOCK_EX) as lock:
        if not path.exists():
            _make(path, make)
            _prune(kind, name)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield path


def get(kind, name, make):
    """The path of `name`; for what is small enough never to be missed."""
    with hold(kind, name, make) as path:
        return path


def drop(kind, name):
    """Removes `name`, unless somebody holds it."""
    path = top() / kind / name
    with contextlib.suppress(BlockingIOError), _locked(
            kind, name, fcntl.LOCK_EX | fcntl.LOCK_NB):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _make(path, make):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as work:
        make(Path(work) / "made")
        os.replace(Path(work) / "made", path)


def _prune(kind, keep):
    """Removes what has not been used for longest and nobody holds."""
    entries = [entry for entry in (top() / kind).iterdir()
               if not entry.name.startswith(".")]
    entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in entries[MOST[kind]:]:
        if entry.name != keep:
            drop(kind, entry.name)


@contextlib.contextmanager
def _locked(kind, name, how):
    folder = top() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{kind}-{name}").open("w") as stream:
        fcntl.flock(stream, how)
        yield stream
