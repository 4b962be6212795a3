"""The watch on the host sees what a leaking runtime would leave behind. Each
change is made in namespaces of its own, never on the host."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import host
from conftest import need

pytestmark = pytest.mark.fast

LEAKS = {
    "mounts": "mount -t tmpfs none /mnt",
    "settings": "hostname leaked",
    "links": "ip link add leaked type veth",
    "devices": "mount -t tmpfs none /dev && mknod /dev/leaked c 1 3",
    "ipc": "ipcmk -M 4096 >/dev/null",
    "cgroups": "mount -t tmpfs none /sys/fs/cgroup && cd /sys/fs/cgroup && "
               "mkdir a && mount -t cgroup2 none a",
}

WATCH = """
import subprocess, sys
import host
before = host.snapshot()
subprocess.run(sys.argv[1], shell=True, check=True)
print(*host.differences(before, host.snapshot()), sep="\\n", end="")
"""


def changes_after(leak):
    return subprocess.run(
        # In the first cgroup namespace a mount changes the host's options.
        ["unshare", "-m", "-u", "-i", "-n", "-p", "-C", "-f", "--mount-proc",
         sys.executable, "-c", WATCH, leak],
        cwd=Path(__file__).parent, check=True, capture_output=True,
        text=True).stdout.splitlines()


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_of_this_kind_is_seen(kind):
    need(os.geteuid() == 0, "root")
    assert [line for line in changes_after(LEAKS[kind])
            if line.startswith(f"{kind}: ")]


def test_no_change_is_reported_where_there_is_none():
    need(os.geteuid() == 0, "root")
    assert changes_after("true") == []


def test_an_orphan_of_a_runtime_is_seen(tmp_path):
    fifo = tmp_path / "end"
    os.mkfifo(fifo)
    before = host.processes()
    subprocess.run(["sh", "-c", f"exec >/dev/null; cat {fifo} &"], check=True)
    left = host.processes().keys() - before.keys()
    fifo.write_text("")
    host.wait_for_end(left)
    assert len(left) == 1


@pytest.mark.parametrize("flags", [[], ["--shared-host"]])
def test_a_test_that_leaks_fails(tmp_path, flags):
    for path in Path(__file__).parent.iterdir():
        if path.is_file() and not path.name.startswith("test_"):
            shutil.copy(path, tmp_path)
    (tmp_path / "test_leak.py").write_text(
        "import subprocess\n"
        "def test_leak():\n"
        "    subprocess.run(['mount', '-t', 'tmpfs', 'none', '/mnt'])\n")
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-m", "pytest", tmp_path,
         "-p", "no:cacheprovider", *flags], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the host changed:" in done.stdout
    assert "mounts: new: " in done.stdout
