"""Packages → a tree → an erofs image, in the cache by what it is made of."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

from linux import KernelError, archive
from linux.cache import cache_top

# Raised when the same packages and table make another image.
BUILDER = 1


class Userlands:
    """The userlands of one guest.toml. `say` takes what a person should read
    while waiting."""

    def __init__(self, table, say, keyring=archive.KEYRING):
        self.top = cache_top() / "guests"
        self._say = say
        self._keyring = keyring
        try:
            self._table = tomllib.loads(Path(table).read_text())
            self._userlands = self._table.pop("userland")
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise KernelError(f"{table}: {error!r}") from error

    def names(self):
        return list(self._userlands)

    def _definition(self, name):
        if name not in self._userlands:
            raise KernelError(f"no userland is called {name}; there are: "
                              f"{', '.join(self._userlands)}")
        return self._userlands[name]

    def _packages(self, name):
        return sorted({*self._table["packages"],
                       *self._definition(name).get("packages", [])})

    def resolve(self, name):
        """The files that the image of `name` is made of today."""
        one = self._definition(name)
        expires = one.get("expires", False)
        self._say(f"{name}: reading the list of {one['suite']}" + (
            " (signed, but its date is not enforced: it runs out between "
            "updates)" if expires else ""))
        with archive.Archive(one["suite"], expires, self._keyring) as suite:
            suite.update()
            return suite.closure(self._packages(name))

    def digest(self, name, files):
        made_of = [BUILDER, self._definition(name), self._table,
                   sorted((file["name"], file["sha256"]) for file in files)]
        return hashlib.sha256(json.dumps(
            made_of, sort_keys=True).encode()).hexdigest()

    def last(self, name):
        """The image that `name` stood for last; None if it is not here."""
        self._definition(name)
        with contextlib.suppress(OSError):
            path = self.top / (self.top / f"{name}.last").read_text().strip()
            if path.exists():
                return path
        return None

    def build(self, name):
        """Builds what is not here, and returns its path."""
        files = self.resolve(name)
        path = self.top / f"{self.digest(name, files)}.erofs"
        with self._lock(path.stem):
            if not path.exists():
                total = sum(file["size"] for file in files) / 1e6
                self._say(f"{name}: to download: {total:.0f} MB in "
                          f"{len(files)} packages; the image takes a minute")
                self._make(name, path)
        _replace(self.top / f"{name}.last", path.name + "\n")
        return path

    def _make(self, name, path):
        if os.geteuid() != 0:
            raise KernelError("the owners of files in an image are written by "
                              "root only: run ci/guest build as root")
        with tempfile.TemporaryDirectory(dir=self.top, prefix=".new-") as work:
            tree = Path(work) / "tree"
            self._unpack(name, tree, work)
            for file in self._table.get("file", []):
                _write_file(tree, file)
            image = Path(work) / "image"
            _run(["mkfs.erofs", "-T0", "-U", _uuid_of(path.stem), image, tree])
            os.replace(image, path)
        self._say(f"{name}: {path.stat().st_size / 1e6:.0f} MB")

    def _unpack(self, name, tree, work):
        one = self._definition(name)
        options = f"arch=amd64 signed-by={self._keyring}"
        if one.get("expires"):
            options += " check-valid-until=no"
        suite = one["suite"]
        # Whatever it mounts or starts ends with these namespaces.
        _run(["unshare", "--mount", "--propagation=private", "--pid", "--fork",
              "--kill-child", "--mount-proc", "mmdebstrap", "--quiet",
              "--mode=root", "--variant=extract", "--architectures=amd64",
              f"--keyring={self._keyring}",
              "--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh",
              *(f"--aptopt={line}" for line in archive.proxies()),
              *(f"--dpkgopt=path-exclude={glob}"
                for glob in self._table["without"]),
              f"--include={','.join(self._packages(name))}", suite, tree,
              f"deb [{options}] {archive.mirror(suite)} {suite} main"],
             TMPDIR=work)

    @contextlib.contextmanager
    def _lock(self, name):
        """One at a time, over all processes of this machine."""
        (self.top / "locks").mkdir(parents=True, exist_ok=True)
        with (self.top / "locks" / name).open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("waiting for another run that builds the same")
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def missing_tools():
    """The programs this needs and does not find."""
    return [tool for tool in ("apt-get", "mmdebstrap", "mkfs.erofs", "unshare")
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]


def _write_file(tree, file):
    """One [[file]] of the table."""
    path = tree / file["path"].lstrip("/")
    if "copy" in file:
        text = (tree / file["copy"].lstrip("/")).read_text()
    elif "replace" in file:
        old, new = file["replace"]
        text = path.read_text()
        if old not in text:
            raise KernelError(f"{file['path']} has no {old!r} to replace")
        text = text.replace(old, new)
    else:
        text = file["text"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _run(command, **environment):
    done = subprocess.run(command, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
                               "LC_ALL": "C", **environment})
    if done.returncode != 0:
        raise KernelError(f"{command[0]} … ended with {done.returncode}: "
                          f"{done.stdout.strip()[-2000:]}")


def _uuid_of(digest):
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20],
                     digest[20:32]))


def _replace(path, text):
    """Replaces `path` whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-",
                                     delete=False) as stream:
        stream.write(text)
    os.replace(stream.name, path)
