"""Kernels on disk: a folder for each, named by the hash of its package, and
for each key the image that it stood for last."""

import json
import time
import tomllib
from pathlib import Path

from linux import KernelError, Unreachable, archive, unpack
from linux.kept import Kept

DAY_S = 24 * 3600


class Cache:
    """The kernels of one kernels.toml. `say` takes what a person should
    read while waiting."""

    def __init__(self, table, say, keyring=archive.KEYRING):
        self._kept = Kept("kernels", say)
        self.top = self._kept.top
        self._say = say
        self._keyring = keyring
        try:
            content = tomllib.loads(Path(table).read_text())
            self._kernels = content["kernel"]
            self._expires = content.get("expires", [])
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise KernelError(f"{table}: {error!r}") from error

    def keys(self):
        return list(self._kernels)

    def _definition(self, key):
        if key not in self._kernels:
            raise KernelError(f"no kernel is called {key}; there are: "
                              f"{', '.join(self._kernels)}")
        return self._kernels[key]

    # ---- which image a key stands for --------------------------------------

    def resolve(self, key, fresh=False):
        """The image that `key` stands for in the archive today. An answer
        younger than a day is reused unless `fresh`."""
        definition = self._definition(key)
        note = self.top / "resolved" / f"{key}.json"
        with self._kept.lock("resolve"):
            known = _read(note)
            if (not fresh and known and known["definition"] == definition
                    and 0 <= time.time() - known["time"] < DAY_S):
                return known["image"]
            image = self._ask(definition)
            self._write(f"resolved/{key}.json", {
                "definition": definition, "time": time.time(),
                "image": image})
        wanted = definition.get("release")
        if wanted and wanted != image["release"]:
            self._say(f"{key}: {wanted} has gone from the archive, "
                      f"{image['release']} takes its place")
        return image

    def _ask(self, definition):
        """Asks every suite of `definition`; the highest version wins."""
        best = None
        for suite in definition["suites"]:
            expires = suite in self._expires
            self._say(f"reading the list of {suite}" + (
                " (signed, but its date is not enforced: it runs out between "
                "updates)" if expires else ""))
            with archive.Archive(suite, expires, self._keyring) as one:
                one.update()
                image = one.image(definition["package"],
                                  definition.get("release"))
            if best is None or archive.is_newer(image["version"],
                                                best["version"]):
                best = image
        return best

    # ---- what is here ------------------------------------------------------

    def folder(self, image):
        return self.top / unpack.digest_of(image["files"])

    def has(self, image):
        return (self.folder(image) / "meta.json").exists()

    def last(self, key):
        """The folder that `key` stood for last; None if there is none."""
        self._definition(key)
        known = _read(self.top / "keys" / f"{key}.json")
        folder = known and self.top / known["digest"]
        return folder if folder and (folder / "meta.json").exists() else None

    # ---- fetching ----------------------------------------------------------

    def fetch(self, key):
        """Fetches `key` if it is not here, and returns its folder. Without a
        network the last one serves."""
        try:
            image = self.resolve(key)
            try:
                folder = self._fetch_image(image)
            except Unreachable:
                # Resolved up to a day ago: the archive may have moved on.
                newer = self.resolve(key, fresh=True)
                if newer["files"] == image["files"]:
                    raise
                self._say(f"{key}: {image['release']} has gone from the "
                          f"archive, {newer['release']} takes its place")
                folder = self._fetch_image(newer)
        except Unreachable as error:
            folder = self.last(key)
            if folder is None:
                raise
            release = unpack.read_meta(folder)["release"]
            self._say(f"{key}: the archive cannot be reached ({error}); "
                      f"{release} from the cache serves")
        self._write(f"keys/{key}.json", {"digest": folder.name})
        return folder

    def _write(self, name, content):
        self._kept.write(name, json.dumps(content, indent=1))

    def _fetch_image(self, image):
        return self._kept.make(
            self.folder(image).name,
            lambda work, made: self._fill(work, made, image))

    def _fill(self, work, made, image):
        debs = []
        for file in image["files"]:
            begin = time.monotonic()
            debs.append(archive.download(file, work))
            self._say(f"{image['release']}: {file['size'] / 1e6:.1f} MB in "
                      f"{time.monotonic() - begin:.1f} s ({file['name']})")
        begin = time.monotonic()
        made.mkdir()
        unpack.unpack(debs, image["release"], made)
        unpack.write_meta(made, image)
        self._say(f"{image['release']}: unpacked in "
                  f"{time.monotonic() - begin:.1f} s")


def _read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
