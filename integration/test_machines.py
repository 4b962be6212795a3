"""Machines boot, are saved and restored, and fail as the tests on them rely on,
on every kernel."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import host
from conftest import BUSYBOX
from machine_keys import guest, pytest_generate_tests, present  # noqa: F401
from machines import (InfrastructureError, GuestError, Machine, kernel, plan,
                      pool, restore, store)

pytestmark = pytest.mark.machine


# ---- booting ----------------------------------------------------------------


def test_it_boots_the_kernel_that_was_asked_for(present):
    with Machine.boot(present) as guest:
        release = guest.run(["uname", "-r"], check=0).stdout.strip()
    assert release == kernel.Kernel.of(present).release
    assert guest.facts["release"] == release
    assert guest.facts["cgroup"] == "v2"


def test_the_root_can_be_left_by_pivot_root(guest):
    done = guest.run(["unshare", "-m", "sh", "-ec", """
        mount -t tmpfs new /mnt
        mkdir /mnt/bin /mnt/old
        cp /bin/busybox /mnt/bin
        cd /mnt
        pivot_root . old
        exec chroot . /bin/busybox ls /"""])
    assert (done.returncode, done.stdout) == (0, "bin\nold\n"), done.stderr


def test_it_looks_like_a_host(guest):
    mounts = guest.run(["cat", "/proc/self/mounts"], check=0).stdout
    assert re.search(r"^tmpfs / tmpfs rw", mounts, re.MULTILINE)
    for place in ("/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/tmp",
                  "/run", "/sys/fs/cgroup", "/lib/modules",
                  "/proc/sys/fs/binfmt_misc", "/sys/kernel/security"):
        assert f" {place} " in mounts
    assert "127.0.0.1" in guest.run(["ip", "addr", "show", "up"]).stdout
    assert guest.run(["hostname"]).stdout == "machine\n"
    # Modules are loaded on demand, by name or by opening the device.
    guest.run(["ip", "link", "add", "one", "type", "veth"], check=0)
    assert "tun" not in guest.run(["lsmod"], check=0).stdout
    guest.run(["sh", "-c", "true < /dev/net/tun"], uid=65534, check=0)
    assert "tun" in guest.run(["lsmod"], check=0).stdout


def test_the_root_of_an_image_is_writable_and_holds_the_files(
        present, tmp_path):
    tree = tmp_path / "tree"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "bin").symlink_to("usr/bin")
    (tree / "marker").write_text("of the image")
    (tree / "usr/bin/busybox").write_bytes(open(BUSYBOX, "rb").read())
    (tree / "usr/bin/busybox").chmod(0o755)
    image = tmp_path / "image.erofs"
    subprocess.run(["mkfs.erofs", "--quiet", image, tree], check=True)
    files = {"/bin/passed": (b"#!/bin/busybox sh\necho passed\n", 0o755)}
    with Machine.boot(present, image=image, files=files) as guest:
        assert guest.pull("/marker") == b"of the image"
        assert guest.run(["/bin/passed"], check=0).stdout == "passed\n"
        guest.push("/marker", "changed")
        assert guest.pull("/marker") == b"changed"
        assert guest.run(["busybox", "stat", "-f", "-c", "%T", "/"],
                         check=0).stdout.strip() in ("overlayfs", "UNKNOWN")
        assert guest.run(["busybox", "ls", "-F", "/"]).stdout.split()[0] == (
            "bin@")


def test_its_clock_is_as_fast_as_the_hosts(guest):
    """Under emulation a guest that calibrates its own while the host is busy
    is up to three times too fast."""
    assert guest.run(["sleep", "1"], check=0).seconds > 0.9
    assert pool.keeps_time(guest.facts)


@pytest.mark.parametrize("mode", ["v2", "v1", "hybrid"])
def test_cgroups_are_mounted_in_the_mode_that_was_asked_for(present, mode):
    with Machine.boot(present, cgroup=mode) as guest:
        mounts = [line.split() for line in guest.run(
            ["cat", "/proc/self/mounts"], check=0).stdout.splitlines()]
        places = {line[1]: line[2] for line in mounts
                  if line[1].startswith("/sys/fs/cgroup")}
        names = guest.facts["controllers"].split(",")
        if mode == "v2":
            assert places == {"/sys/fs/cgroup": "cgroup2"}
            assert {"memory", "pids", "cpu", "cpuset"} <= set(names)
            return
        folder = "/sys/fs/cgroup/"
        unified = {folder + "unified"} if mode == "hybrid" else set()
        assert {place for place, kind in places.items()
                if kind == "cgroup2"} == unified
        assert {"pids", "cpu", "devices", "freezer"} <= set(names)
        for name in ("pids", "cpu", "devices"):
            guest.run(["mkdir", f"{folder}{name}/one"], check=0)
            assert guest.run(["cat", f"{folder}{name}/one/tasks"],
                             check=0).stdout == ""


def test_an_unknown_cgroup_mode_is_an_infrastructure_error(present):
    with pytest.raises(InfrastructureError, match="none of v1, v2, hybrid"):
        Machine.boot(present, cgroup="v3")


# ---- saved and restored -----------------------------------------------------


def test_nothing_of_one_restored_machine_is_in_the_next(present):
    made = plan(present)
    seen = []
    for _ in range(2):
        with restore(made) as guest:
            assert guest.run(["ls", "/root"], check=0).stdout == ""
            guest.push("/root/mark", "here")
            seen.append(guest.run(["sh", "-c", "head -c 16 /dev/urandom | "
                                   "md5sum"], check=0).stdout)
            now = int(guest.run(["date", "+%s"], check=0).stdout)
            assert abs(now - time.time()) < 30
    assert seen[0] != seen[1]


def test_a_template_keeps_what_was_prepared_in_it(present):
    made = plan(present)
    with pool.scratch_template(
            made, lambda guest: guest.push("/root/a", "b")) as name:
        folder = Path(name)
        for _ in range(2):
            with Machine.restore(made, folder) as guest:
                assert guest.pull("/root/a") == b"b"
                guest.push("/root/a", "c")


def test_a_template_that_is_broken_is_replaced_at_the_next_try(present):
    made = plan(present, memory_mib=256)
    with restore(made):
        pass
    state = store.top() / "templates" / pool._name(made) / "state"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(InfrastructureError):
        restore(made)
    with restore(made) as guest:
        guest.ping()


# ---- machines that fail -----------------------------------------------------


def test_a_panic_is_the_machines_failure(guest):
    with pytest.raises(InfrastructureError, match="panicked") as caught:
        guest.run(["sh", "-c", "echo c > /proc/sysrq-trigger"])
    assert "sysrq" in caught.value.console.lower()
    assert "Kernel panic" in str(caught.value)
    assert guest.qemu.line() in str(caught.value)
    assert "path=agent.sock" in guest.qemu.line()


def test_a_guest_that_is_lost_is_the_machines_failure(guest):
    os.kill(guest.qemu.process.pid, signal.SIGKILL)
    with pytest.raises(InfrastructureError, match="has gone"):
        guest.run(["true"])


def test_a_guest_that_is_silent_is_the_machines_failure(guest):
    guest.qemu.execute("stop")
    with pytest.raises(InfrastructureError, match="no answer within 0.1 s"):
        guest._ask([], set(), 0.1)
    assert guest.qemu.process.poll() is not None


def test_an_agent_that_hears_garbage_ends_the_machine(guest):
    guest.qemu.agent.send(b"garbage")
    with pytest.raises(GuestError, match="garbage where a frame"):
        guest.run(["true"])
    with pytest.raises(InfrastructureError):
        guest.run(["true"])


def test_a_kernel_that_is_no_kernel_is_an_infrastructure_error(
        present, tmp_path):
    made = plan(present, accel="tcg")
    made.kernel = tmp_path / "kernel"
    made.kernel.write_text("no kernel")
    with pytest.raises(InfrastructureError, match="QEMU: .*kernel"):
        Machine.start(made)


def test_a_machine_that_is_killed_leaves_nothing_behind(present, tmp_path):
    """Neither do those who started it, killed themselves."""
    script = ("import os, signal, sys; sys.path.insert(0, sys.argv[1]); "
              "import machines; m = machines.restored(sys.argv[2]); m.ping(); "
              "print(m.qemu.process.pid, flush=True); "
              "os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run(
        [sys.executable, "-c", script, Path(__file__).parent, present],
        env={**os.environ, "TMPDIR": str(tmp_path)}, text=True, check=False,
        stdout=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL
    host.wait_for_end([int(done.stdout)])
    assert not Path(f"/proc/{int(done.stdout)}/exe").exists()
    assert os.listdir(tmp_path) == []
