"""From a wish (this kernel, these files) to a command line."""

import functools
import os
import subprocess
from pathlib import Path

from machines import initramfs, qemu
from machines.kernel import ROOT, Kernel
from machines.store import store

AGENT = ROOT / "build/dev/integration/agent/bulkhead-agent"
# Needed before the agent can speak, or by every machine.
FIRST_MODULES = ["virtio_pci", "virtio_console"]
DISK_MODULES = ["virtio_blk", "erofs", "overlay"]


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
    modules = list(FIRST_MODULES)
    disks = []
    if image:
        modules += DISK_MODULES
        disks.append(Path(image).resolve())
        words.append("bulkhead.root=vda")
    content = initramfs.build(kernel, agent, modules, files or {},
                              applets=None if image else applets())
    path = store("initramfs", initramfs.digest_of(content), content)
    return qemu.Spec(kernel.image, path, accel or "tcg", memory_mib, cpus,
                     disks, words)
