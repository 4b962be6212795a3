"""What can be fetched or made again, on disk: each thing whole or not at all,
made by one process while the others wait."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path


def cache_top():
    """Where Bulkhead keeps all of it."""
    base = os.environ.get("BULKHEAD_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME")
                or Path.home() / ".cache") / "bulkhead"


class Kept:
    """One folder of the cache. `say` takes what a person should read while
    waiting."""

    def __init__(self, name, say):
        self.top = cache_top() / name
        self._say = say

    @contextlib.contextmanager
    def lock(self, name):
        """One at a time, over all processes of this machine."""
        (self.top / "locks").mkdir(parents=True, exist_ok=True)
        with (self.top / "locks" / name).open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("waiting for another run that makes the same")
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def make(self, name, fill):
        """The path of `name`. When missing, `fill(work, made)` makes the file
        or folder `made`; `work` is a folder that goes away."""
        path = self.top / name
        with self.lock(name):
            if path.exists():
                return path
            work = self.top / f".new-{name}"
            shutil.rmtree(work, ignore_errors=True)  # of one that was killed
            work.mkdir()
            try:
                fill(work, work / "made")
                os.replace(work / "made", path)
            finally:
                shutil.rmtree(work)
        return path

    def write(self, name, text):
        """Replaces a small file, whole or not at all."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-",
                                         delete=False) as stream:
            stream.write(text)
        os.replace(stream.name, path)
