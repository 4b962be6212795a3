"""Does KVM work here? Decided by booting the very kernel: a small test of the
interface passes on hosts where no real kernel survives."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from machines import qemu, store
from machines.errors import InfrastructureError

DEADLINE_S = 5


def accelerator(spec, kernel):
    """"kvm" or "tcg" for `spec`. The verdict is kept until the host boots
    again or QEMU or the kernel change; BULKHEAD_ACCEL overrides it."""
    forced = os.environ.get("BULKHEAD_ACCEL")
    if forced:
        return forced
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text()
    name = hashlib.sha256(" ".join(
        [boot_id, qemu.version() or "", kernel.digest]).encode()).hexdigest()
    path = store.get("kvm", name, lambda path: path.write_text(
        "kvm" if _boots(replace(spec, accel="kvm")) else "tcg"))
    return path.read_text()


def _boots(spec):
    from machines.machine import Machine
    machine = Machine(qemu.Qemu(spec.command()))
    try:
        machine.wait_ready(DEADLINE_S)
        return True
    except InfrastructureError:
        return False
    finally:
        machine.close()
