"""The box: a Debian tree with everything that ci/setup installs, as vagrant
keeps one in its folder of boxes. It holds no boot loader and no kernel: both
come from outside, so that any kernel of ci/kernels.toml can boot it."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from linux import KernelError

from room import chamber, tree

HERE = Path(__file__).resolve().parent
FURNISH = HERE / "furnish"
# What the tree is made of besides its own packages.
INPUTS = (FURNISH, HERE.parent / "setup", HERE.parent / "packages.txt")
# Raised when the same tree makes another box.
BUILDER = 1
NAME = "bulkhead"
# The key that vagrant knows every box by, as its package has it.
INSECURE_KEY = "**/gems/vagrant-*/keys/vagrant.pub"
# Nobody can reach the machine but its own host: no key of its own is needed,
# and making one costs a minute under emulation.
VAGRANTFILE = """Vagrant.configure("2") do |config|
  config.ssh.insert_key = false
end
"""
DISK = r"""
set -e
truncate -s "$1G" /out/disk
mkfs.ext4 -q -F -E lazy_itable_init=1 -d /tree /out/disk
qemu-img convert -O qcow2 /out/disk /out/box.img
rm /out/disk
"""


def build_tree(trees):
    """The root of the box: where its compiler can be run without it."""
    return trees.build("box", [str(FURNISH)],
                       [file.read_text() for file in INPUTS])


def build(trees, say):
    """A folder that is this box in vagrant's folder of boxes."""
    room = trees.build("room")
    root = build_tree(trees)
    size = trees.table["box"]["disk_gib"]
    made_of = tree.digest(BUILDER, root.name, size, DISK, VAGRANTFILE)
    path = tree.top() / f"image-{made_of[:16]}"
    with tree.lock(path.name, say):
        if path.exists():
            return path
        say("box: making its disk; this takes a minute or two")
        with tempfile.TemporaryDirectory(dir=tree.top(),
                                         prefix=".new-") as work:
            made = Path(work) / "box"
            made.mkdir()
            _let_vagrant_in(room, root)
            if chamber.once(room, ["sh", "-c", DISK, "sh", str(size)],
                            {root: "/tree", made: "/out"}):
                raise KernelError("the disk of the box could not be made")
            (made / "metadata.json").write_text(json.dumps(
                {"provider": "libvirt", "format": "qcow2",
                 "virtual_size": size}))
            (made / "Vagrantfile").write_text(VAGRANTFILE)
            made.rename(path)
    say(f"box: {path}")
    return path


def _let_vagrant_in(room, root):
    keys = sorted((room / "usr/share").glob(INSECURE_KEY))
    if not keys:
        raise KernelError(f"{room} has no {INSECURE_KEY}: the package vagrant "
                          "keeps its key elsewhere now")
    folder = root / "home/vagrant/.ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "authorized_keys").write_text(keys[0].read_text())
    owner = (root / "home/vagrant").stat()
    for path in (folder, folder / "authorized_keys"):
        os.chown(path, owner.st_uid, owner.st_gid)
