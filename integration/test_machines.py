"""Machines do what the tests on them rely on, on every kernel that has been
fetched (ci/kernels fetch; --all fetches the rest)."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import BUSYBOX, need
from machines import (GuestError, InfrastructureError, Machine, kernel, plan,
                      pool, restore, restored, store)

pytestmark = pytest.mark.machine


def pytest_generate_tests(metafunc):
    if "key" in metafunc.fixturenames:
        metafunc.parametrize("key", kernel.keys())


@pytest.fixture
def present(key, pytestconfig):
    """`key`, once its kernel is here."""
    if pytestconfig.getoption("all_kernels"):
        subprocess.run([kernel.KERNELS, "fetch", key], check=True)
    try:
        kernel.Kernel.of(key)
    except kernel.NoKernel as error:
        need(False, f"a kernel: {error}")
    return key


@pytest.fixture
def guest(present):
    with restored(present) as machine:
        yield machine


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


# ---- commands ---------------------------------------------------------------


def test_what_a_command_prints_and_how_it_ends_is_told_apart(guest):
    done = guest.run(["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)
    for status in (0, 1, 255):
        assert guest.run(["sh", "-c", f"exit {status}"]).returncode == status
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
        done = guest.run(["sh", "-c", f"kill -{number:d} $$"])
        assert done.returncode == -number


def test_a_command_gets_what_it_was_given(guest):
    done = guest.run(
        ["sh", "-c", 'cat; echo "$1"; pwd; echo "$NAME"; id -u; id -g; id -G',
         "sh", "two words"], input="in\n", cwd="/tmp", env={"NAME": "väl ue"},
        uid=1234, gid=5678, check=0)
    assert done.stdout.splitlines() == [
        "in", "two words", "/tmp", "väl ue", "1234", "5678", "5678"]


def test_a_command_that_cannot_start_says_why_and_the_machine_goes_on(guest):
    with pytest.raises(GuestError, match="^exec: No such file"):
        guest.run(["/no/such/program"])
    with pytest.raises(GuestError, match="^chdir: No such file"):
        guest.run(["true"], cwd="/no/such/folder")
    guest.run(["true"], check=0)


def test_a_timeout_ends_everything_that_the_command_started(guest):
    done = guest.run(["sh", "-c", "setsid sleep 1001 & (sleep 1002 &); "
                      "echo begun; exec sleep 1003"], timeout=5)
    assert (done.timed_out, done.stdout) == (True, "begun\n")
    assert "sleep" not in guest.run(["ps"], check=0).stdout


def test_a_command_that_never_stops_printing_does_not_escape_its_timeout(
        guest):
    done = guest.run(["yes"], timeout=1)
    assert done.timed_out and done.stdout.startswith("y\ny\n")
    assert done.seconds < 20
    guest.ping()


def test_what_a_command_leaves_behind_does_not_hold_the_answer_up(guest):
    done = guest.run(["sh", "-c", "sleep 1004 & echo done"], timeout=20)
    assert (done.stdout, done.returncode) == ("done\n", 0)
    assert "sleep 1004" in guest.run(["ps"]).stdout
    done = guest.run(["sh", "-c", "yes & exit 3"], timeout=20)
    assert (done.timed_out, done.returncode) == (False, 3)


def test_megabytes_go_in_and_out(guest):
    content = os.urandom(1 << 20) * 5 + b"end"
    assert guest.run(["cat"], input=content, text=False,
                     check=0).stdout == content
    assert guest.run(["true"], input=content, check=0).stdout == ""
    done = guest.run(["sh", "-c", "dd if=/dev/zero bs=1M count=6 & "
                      "dd if=/dev/zero bs=1M count=6 >&2; wait"], text=False)
    assert len(done.stdout) == 6 << 20
    assert done.stderr.count(0) == 6 << 20


def test_files_are_pushed_and_pulled(guest):
    content = os.urandom((2 << 20) + 17)
    guest.push("/srv/new/folder/file", content, 0o751)
    assert guest.pull("/srv/new/folder/file") == content
    assert guest.run(["stat", "-c", "%a %s", "/srv/new/folder/file"],
                     check=0).stdout == f"751 {len(content)}\n"
    guest.push("/srv/empty", b"")
    assert guest.pull("/srv/empty") == b""
    with pytest.raises(GuestError, match="No such file"):
        guest.pull("/no/such/file")
    with pytest.raises(GuestError, match="Is a directory"):
        guest.push("/srv", b"not a file")
    guest.ping()


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


# ---- --machine, --fresh, --keep ---------------------------------------------

TWO_TESTS = """
def test_one(machine):
    assert machine.facts["release"].startswith({series!r})
    machine.run(["touch", "/root/mark"], check=0)

def test_two(machine):
    marked = machine.run(["test", "-e", "/root/mark"]).returncode == 0
    assert marked is {kept}
"""


@pytest.fixture
def tests_on(present, tmp_path):
    """Runs TWO_TESTS on the kernel `present` with these flags."""

    def run(*flags, kept):
        here = Path(__file__).parent
        (tmp_path / "conftest.py").write_text(
            f"import sys\nsys.path.insert(0, {str(here)!r})\n"
            "pytest_plugins = ['machine_options']\nimport pytest\n"
            "@pytest.fixture\ndef machine_options():\n    return {}\n")
        (tmp_path / "pytest.ini").write_text((here / "pytest.ini").read_text())
        (tmp_path / "test_it.py").write_text(TWO_TESTS.format(
            kept=kept, series=kernel.Kernel.of(present).release[:4]))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider",
             "--machine", present, *flags, "test_it.py"], cwd=tmp_path,
            text=True, check=False, capture_output=True,
            env={**os.environ, "TMPDIR": str(tmp_path)})

    return run


@pytest.mark.parametrize("fresh, kept", [
    ("test", False), ("group", True), ("kernel", True)])
def test_a_machine_is_as_fresh_as_it_was_asked_for(tests_on, fresh, kept):
    done = tests_on("--fresh", fresh, kept=kept)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_what_is_kept_of_a_machine_is_where_it_says(tests_on):
    done = tests_on("--keep", kept=False)
    assert done.returncode == 0, done.stdout
    places = [Path(line.split(": ")[1]) for line in done.stdout.splitlines()
              if line.startswith("kept of test_it.py::test_one")]
    assert len(places) == 1, done.stdout
    listing = subprocess.run(["tar", "-t", "-f", places[0] / "files.tar"],
                             check=True, text=True, capture_output=True).stdout
    assert "root/mark\n" in listing and "etc/passwd\n" in listing
    assert (places[0] / "console.log").exists()
    assert "qemu-system" in (places[0] / "qemu").read_text()
