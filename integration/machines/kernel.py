"""A kernel that ci/kernels has put into the cache, and its modules."""

import functools
import json
import lzma
import re
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "ci/kernels"
TABLE = ROOT / "ci/kernels.toml"


class NoKernel(Exception):
    """There is no such kernel, or it has not been fetched."""


def keys():
    """The kernels that ci/kernels.toml names."""
    return list(tomllib.loads(TABLE.read_text())["kernel"])


@dataclass(frozen=True)
class Kernel:
    key: str
    release: str
    digest: str
    folder: Path

    @classmethod
    @functools.cache
    def of(cls, key):
        """The kernel `key` of the cache."""
        done = subprocess.run([KERNELS, "path", key], check=False, text=True,
                              capture_output=True)
        if done.returncode:
            raise NoKernel(done.stderr.strip())
        folder = Path(done.stdout.strip())
        meta = json.loads((folder / "meta.json").read_text())
        return cls(key, meta["release"], meta["digest"], folder)

    @property
    def image(self):
        return self.folder / "vmlinux"

    @property
    def modules(self):
        return self.folder / "lib/modules" / self.release


def _name(path):
    """As the kernel calls it: "kernel/fs/a-b.ko.xz" → "a_b"."""
    return re.sub(r"\.ko(\.\w+)?$", "", path.rsplit("/", 1)[-1]).replace(
        "-", "_")


def load_order(modules, wanted):
    """Paths, relative to the folder `modules`, of everything that `wanted`
    (names) need, each after what it needs itself; what is built into the
    kernel is left out. modules.dep does not know of soft dependencies, and
    some modules fail without theirs."""
    needs, paths = {}, {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, rest = line.split(":")
        paths[_name(path)] = path
        needs[_name(path)] = [_name(need) for need in reversed(rest.split())]
    for line in (modules / "modules.softdep").read_text().splitlines():
        if line.startswith("softdep "):
            _, module, *words = line.split()
            before = " ".join(words).partition("post:")[0].split()
            needs.setdefault(module.replace("-", "_"), [])[:0] = [
                word.replace("-", "_") for word in before if word != "pre:"]
    built_in = {_name(line) for line in
                (modules / "modules.builtin").read_text().splitlines()}
    order = []

    def add(name, missing_is_fine, above=()):
        if name in above or name in built_in or paths.get(name) in order:
            return
        if name not in paths:
            if missing_is_fine:
                return
            raise NoKernel(f"{modules.name} has no module {name}")
        for need in needs.get(name, []):
            add(need, True, (*above, name))
        order.append(paths[name])

    for name in wanted:
        add(name.replace("-", "_"), False)
    return order


def module_content(path):
    """The module as finit_module takes it on every kernel."""
    content = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(content)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq"], input=content, check=True,
                              stdout=subprocess.PIPE).stdout
    return content


def modules_disk(kernel, path):
    """Makes an erofs image of all modules, unpacked: a guest loads what it
    needs, as a host does, and boots no slower for having them all."""
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        tree = Path(work, "lib/modules", kernel.release)
        for name in kernel.modules.rglob("*"):
            target = tree / name.relative_to(kernel.modules)
            if name.is_dir() or name.is_symlink():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if ".ko" in name.suffixes:
                target = target.with_name(target.name.split(".ko")[0] + ".ko")
                target.write_bytes(module_content(name))
            else:
                target.write_bytes(name.read_bytes())
        subprocess.run(["/usr/sbin/depmod", "-b", work, kernel.release],
                       check=True)
        subprocess.run(["mkfs.erofs", "--quiet", path,
                        Path(work, "lib/modules")], check=True)
