"""What a machine boots with: a kernel of ci/kernels.toml and an initramfs that
brings the modules along, since the box holds those of no kernel."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from linux import unpack
from linux.cache import Cache

from room import tree

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "integration"))
from machines.initramfs import BUSYBOX, Cpio  # noqa: E402
from machines.kernel import load_order, module_content  # noqa: E402

# Raised when the same kernel makes another initramfs.
BUILDER = 1
SCRIPT = HERE / "early"
# To find the disk; the rest is for udev to load.
FIRST = ("virtio_pci", "virtio_blk", "ext4")


def build(table, key, say):
    """A folder with `vmlinux` and `initrd` of the kernel `key`."""
    folder = Cache(table, say).fetch(key)
    meta = unpack.read_meta(folder)
    made_of = tree.digest(BUILDER, meta["digest"], SCRIPT.read_text())
    path = tree.top() / f"boot-{made_of[:16]}"
    with tree.lock(path.name, say):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=tree.top(),
                                             prefix=".new-") as work:
                made = Path(work) / "boot"
                made.mkdir()
                # A link where that can be: it is never written.
                try:
                    os.link(folder / "vmlinux", made / "vmlinux")
                except OSError:
                    shutil.copyfile(folder / "vmlinux", made / "vmlinux")
                with (made / "initrd").open("wb") as stream:
                    write_initramfs(
                        folder / "lib/modules" / meta["release"], stream)
                made.rename(path)
    return path


def write_initramfs(modules, stream):
    """The initramfs for the kernel of lib/modules/RELEASE, `modules`."""
    cpio = Cpio(stream)
    cpio.file("init", SCRIPT.read_bytes(), 0o755)
    cpio.file("bin/busybox", BUSYBOX.read_bytes(), 0o755)
    for folder in ("dev", "proc", "root"):
        cpio.folder(folder)
    names = []
    for number, path in enumerate(load_order(modules, FIRST)):
        names.append(f"first/{number}.ko")
        cpio.file(names[-1], module_content(modules / path))
    cpio.file("first/order", "".join(f"{name}\n" for name in names).encode())
    for path in sorted(modules.rglob("*")):
        if path.is_file() and not path.is_symlink():
            cpio.file(f"lib/modules/{modules.name}/"
                      f"{path.relative_to(modules)}", path.read_bytes())
    cpio.end()
