"""From a wish (this kernel, these files) to a command line."""

import functools
import os
import subprocess
from pathlib import Path

from machines import initramfs, kvm, qemu, store
from machines.kernel import ROOT, Kernel, modules_disk

AGENT = ROOT / "build/dev/integration/agent/bulkhead-agent"
# What the agent needs to speak and to mount what it mounts; all others lie on
# a disk of their own.
FIRST_MODULES = ["virtio_pci", "virtio_console", "virtio_blk", "erofs",
                 "overlay", "binfmt_misc"]


@functools.cache
def applets():
    """The names that this busybox answers to."""
    return subprocess.run([initramfs.BUSYBOX, "--list"], check=True, text=True,
                          capture_output=True).stdout.split()


def plan(kernel, image=None, cgroup="v2", files=None, accel=None,
         memory_mib=512, cpus=1, parameters=(), agent=None):
    """The Spec of a machine.

    image       an erofs file that becomes the root; without one busybox does
    cgroup      v2, v1 or hybrid
    files       {path in the guest: path here, or (bytes, mode)}
    parameters  more words for the kernel's command line
    accel       "tcg" or "kvm"; by itself KVM where it has been seen to work
    """
    if not isinstance(kernel, Kernel):
        kernel = Kernel.of(kernel)
    agent = Path(agent or os.environ.get("BULKHEAD_AGENT", AGENT))
    if not agent.exists():
        raise FileNotFoundError(f"no agent at {agent}: build it first (cmake "
                                "--build --preset dev)")
    words = [f"bulkhead.cgroup={cgroup}", *parameters]
    disks = [store.get("modules", f"{kernel.digest}.erofs",
                       lambda path: modules_disk(kernel, path))]
    words.append("bulkhead.modules=vda")
    if image:
        disks.append(Path(image).resolve())
        words.append("bulkhead.root=vdb")
    path = _initramfs(kernel, agent, files or {}, bool(image))
    spec = qemu.Spec(kernel.image, path, accel or "tcg", memory_mib, cpus,
                     disks, words)
    if accel is None:
        spec.accel = kvm.accelerator(spec, kernel)
    return spec


# Initramfs by what went into it: with a machine for each test the same one is
# asked for again and again.
_known = {}


def _initramfs(kernel, agent, files, has_image):
    signature = (kernel.digest, has_image, *_state_of(agent), *(
        (target, *_state_of(source))
        for target, source in sorted(files.items())))
    path = _known.get(signature)
    if path is None or not path.exists():
        content = initramfs.build(kernel, agent, FIRST_MODULES, files,
                                  applets=None if has_image else applets())
        path = store.get("initramfs", initramfs.digest_of(content),
                         lambda path: path.write_bytes(content))
        _known[signature] = path
    return path


def _state_of(source):
    """Changes when what `source` stands for in the guest changes."""
    if isinstance(source, tuple):
        return source
    paths = [Path(source), *sorted(Path(source).rglob("*"))]
    return tuple((str(path), path.lstat().st_mtime_ns, path.lstat().st_ino,
                  path.lstat().st_size, path.lstat().st_mode)
                 for path in paths)
