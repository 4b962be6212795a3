"""Trees of Debian with packages installed, in the cache by what they are made
of. The archive is not asked again while its answer would only be newer."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from linux import KernelError, archive
from linux.kept import Kept, cache_top

# Raised when the same inputs make another tree.
BUILDER = 1


def top():
    return cache_top() / "vagrant"


def run(command, **environment):
    """Runs `command`; its output is shown only when it fails."""
    done = subprocess.run(command, check=False, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
                               "LC_ALL": "C", **environment})
    if done.returncode != 0:
        raise KernelError(f"{command[0]} … ended with {done.returncode}: "
                          f"{done.stdout.strip()[-2000:]}")


def need_root():
    if os.geteuid() != 0:
        raise KernelError("namespaces and the owners of files in an image are "
                          "made by root only: run ci/vagrant as root")
    if not shutil.which("mmdebstrap"):
        raise KernelError("needs mmdebstrap: run ci/setup")


def lock(name, say):
    """One at a time, over all processes of this machine."""
    return Kept("vagrant", say).lock(name)


def digest(*inputs):
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()
                          ).hexdigest()


class Trees:
    """The trees of one vagrant.toml. `say` takes what a person should read
    while waiting."""

    def __init__(self, table, say):
        self.table = table
        self._say = say

    def path(self, name, inputs=()):
        """Where the tree `name` is, or would be."""
        made_of = digest(BUILDER, self.table["suites"], self.table["without"],
                         self.table[name]["packages"], list(inputs))
        return top() / f"{name}-{made_of[:16]}"

    def build(self, name, hooks=(), inputs=()):
        """Builds what is not here, and returns its path. `hooks` are
        mmdebstrap's, run when the packages are in; `inputs` is what else
        they read."""
        path = self.path(name, inputs)
        with lock(path.name, self._say):
            if not path.exists():
                need_root()
                self._say(f"{name}: installing Debian; this takes minutes")
                begin = time.monotonic()
                self._make(name, path, hooks)
                self._say(f"{name}: {path} in "
                          f"{time.monotonic() - begin:.0f} s")
        return path

    def _make(self, name, path, hooks):
        with tempfile.TemporaryDirectory(dir=top(), prefix=".new-") as work:
            tree = Path(work) / "tree"
            # Whatever it mounts or starts ends with these namespaces.
            run(["unshare", "--mount", "--propagation=private", "--pid",
                 "--fork", "--kill-child", "--mount-proc", "mmdebstrap",
                 "--quiet", "--mode=root", "--variant=minbase",
                 "--architectures=amd64", f"--keyring={archive.KEYRING}",
                 *(f"--aptopt={line}" for line in archive.proxies()),
                 *(f"--dpkgopt=path-exclude={glob}"
                   for glob in self.table["without"]),
                 f"--include={','.join(self.table[name]['packages'])}",
                 *(f"--customize-hook={hook}" for hook in hooks),
                 self.table["suites"][0], tree,
                 *(self._source(suite) for suite in self.table["suites"])],
                TMPDIR=work)
            tree.rename(path)

    @staticmethod
    def _source(suite):
        uri = archive.mirror(suite)
        return (f"deb [arch=amd64 signed-by={archive.KEYRING}] {uri} {suite} "
                "main")
