"""Packages → a tree → an erofs image, in the cache by what it is made of."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from linux import KernelError, archive
from linux.kept import Kept

# Raised when the same packages and table make another image.
BUILDER = 1


class Userlands:
    """The userlands of one guest.toml. `say` takes what a person should read
    while waiting."""

    def __init__(self, table, say, keyring=archive.KEYRING):
        self._kept = Kept("guests", say)
        self.top = self._kept.top
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
        digest = self.digest(name, files)

        def make(work, made):
            total = sum(file["size"] for file in files) / 1e6
            self._say(f"{name}: to download: {total:.0f} MB in {len(files)} "
                      "packages; the image takes a minute")
            self._make(name, digest, work, made)

        path = self._kept.make(f"{digest}.erofs", make)
        self._kept.write(f"{name}.last", path.name + "\n")
        return path

    def _make(self, name, digest, work, made):
        if os.geteuid() != 0:
            raise KernelError("the owners of files in an image are written by "
                              "root only: run ci/guest build as root")
        tree = work / "tree"
        self._unpack(name, tree, work)
        for file in self._table.get("file", []):
            _write_file(tree, file)
        _run(["mkfs.erofs", "-T0", "-U", _uuid_of(digest), made, tree])
        self._say(f"{name}: {made.stat().st_size / 1e6:.0f} MB")

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
