"""Namespaces in which a tree of Debian is the root. Whatever runs, mounts or
links in there ends when its first process does: the host keeps nothing but
the folder of its state."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from linux import KernelError

from room import tree

INIT = Path(__file__).resolve().parent / "init"
UNSHARE = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork",
           "--kill-child=SIGKILL"]
INSIDE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
          "LANG": "C.UTF-8"}


def _init(root, state, binds):
    words = [*UNSHARE, INIT, root, state]
    for source, target in binds.items():
        words += ["--bind", source, target]
    return words


def _environment(more):
    kept = {name: os.environ[name] for name in ("TERM",) if name in os.environ}
    return {**INSIDE, **kept, **more}


def once(root, command, binds, environment=None):
    """Runs `command` in a chamber of its own and returns how it ended. What
    it writes outside of `binds`, {folder of the host: folder inside}, is
    gone afterwards."""
    with tempfile.TemporaryDirectory(dir=tree.top(), prefix=".once-") as state:
        return subprocess.run(
            [*_init(root, state, binds), "--", *command], check=False,
            env=_environment(environment or {})).returncode


class Chamber:
    """The one chamber that stays: libvirt and its machine, from `start` to
    `end`."""

    def __init__(self):
        self.state = tree.top() / "chamber"

    @property
    def home(self):
        """A folder that is there as long as the chamber."""
        return self.state / "home"

    def _lock(self):
        """The open lock of the state, and whether it is free: the chamber
        holds it for as long as any process of it lives."""
        tree.top().mkdir(parents=True, exist_ok=True)
        stream = (tree.top() / "chamber.lock").open("w")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return stream, False
        return stream, True

    def runs(self):
        stream, free = self._lock()
        stream.close()
        return not free

    def need_none(self):
        """Says so when it runs."""
        if self.runs():
            raise KernelError("there is a machine already: ci/vagrant destroy "
                              "ends it")

    def start(self, root, binds):
        """Starts libvirt in `root`, with `binds` as `once` has them."""
        self.need_none()
        stream, _ = self._lock()
        with stream:
            shutil.rmtree(self.state, ignore_errors=True)
            (self.state / "home").mkdir(parents=True)
            with (self.state / "log").open("w") as log:
                outside = subprocess.Popen(
                    _init(root, self.state, binds), env=_environment({}),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=log, start_new_session=True,
                    pass_fds=[stream.fileno()])
            with outside.stdout as said:
                answer = said.readline().strip()
        if answer != b"ready":
            outside.wait()
            said = (self.state / "log").read_text().strip()
            raise KernelError(f"libvirt does not start: {said}")
        children = Path(f"/proc/{outside.pid}/task/{outside.pid}/children")
        (self.state / "pid").write_text(children.read_text().split()[0])

    def run(self, command, environment):
        """Runs `command` in there and returns how it ended."""
        if not self.runs():
            raise KernelError("there is no machine: ci/vagrant up")
        pid = (self.state / "pid").read_text()
        return subprocess.run(
            ["nsenter", f"--target={pid}", "--mount", "--net", "--pid",
             "--ipc", "--uts", "--root", "sh", "-c",
             'cd /bulkhead && exec "$@"', "sh", *command],
            env=_environment(environment), check=False).returncode

    def end(self):
        """Ends all of it; says whether there was anything."""
        stream, free = self._lock()
        with stream:
            if not free:
                os.kill(int((self.state / "pid").read_text()), signal.SIGKILL)
                # Held until the last process has gone.
                fcntl.flock(stream, fcntl.LOCK_EX)
            shutil.rmtree(self.state, ignore_errors=True)
        return not free
