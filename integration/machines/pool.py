"""Machines in a tenth of a second: each is booted once, saved when it is
ready, and restored from there ("VM templating" in QEMU's words). The RAM of
the saved one is a file that every restored one maps for itself alone."""

import hashlib
import json
import tempfile
from pathlib import Path

from machines import qemu, store
from machines.errors import InfrastructureError
from machines.machine import Machine
from machines.plan import plan


def restored(kernel, image=None, cgroup="v2", files=None, **options):
    """A machine as `Machine.boot` would make it, restored if it can be."""
    return restore(plan(kernel, image=image, cgroup=cgroup, files=files,
                        **options))


def restore(spec):
    """A fresh machine of `spec`; the first one of its kind is booted. A
    template that cannot be restored goes: whoever tries again boots one."""
    name = _name(spec)
    try:
        with store.hold("templates", name,
                        lambda path: _save(spec, path)) as template:
            return Machine.restore(spec, template)
    except InfrastructureError:
        store.drop("templates", name)
        raise


def _name(spec):
    """Whatever is different makes another template. The disks and the
    initramfs are named by their content, but for an image that was passed."""
    facts = [qemu.version(), *spec.command()]
    for disk in spec.disks:
        if Path(disk).is_relative_to(store.top()):
            continue
        status = Path(disk).stat()
        facts.append(f"{status.st_size} {status.st_mtime_ns} {status.st_ino}")
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


# By how much the scheduler's clock may be off: it is by 1 % or by 200 %.
MOST_OFF = 1.2
BOOTS = 5


def _save(spec, path):
    """Boots until the scheduler keeps time: it measures what a cgroup may use
    of a processor, and all that are restored would have the same clock."""
    path.mkdir()
    for tries_left in reversed(range(BOOTS)):
        with Machine.start(spec, ram=path / "ram") as machine:
            if keeps_time(machine.facts) or not tries_left:
                machine.save(path)
                return


def keeps_time(facts):
    """By the two clocks of a machine that has just booted."""
    factor = int(facts["scheduler_ms"]) / max(1, int(facts["clock_ms"]))
    return 1 / MOST_OFF < factor < MOST_OFF


def scratch_template(spec, prepare):
    """A template of one's own: booted, `prepare(machine)` run in it, saved.
    Returns it with the folder that holds it, which the caller keeps as long
    as it restores from it."""
    folder = tempfile.TemporaryDirectory(prefix="template-", dir=_scratch())
    with Machine.start(spec, ram=Path(folder.name) / "ram") as machine:
        prepare(machine)
        machine.save(Path(folder.name))
    return folder


def _scratch():
    place = store.top() / "scratch"
    place.mkdir(parents=True, exist_ok=True)
    return place
