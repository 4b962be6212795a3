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
    content = initramfs.build(kernel, agent, FIRST_MODULES, files or {},
                              applets=None if image else applets())
    path = store.get("initramfs", initramfs.digest_of(content),
                     lambda path: path.write_bytes(content))
    spec = qemu.Spec(kernel.image, path, accel or "tcg", memory_mib, cpus,
                     disks, words)
    if accel is None:
        spec.accel = kvm.accelerator(spec, kernel)
    return spec
