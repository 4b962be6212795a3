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


# A test, what it is run under, and what is said of it.
LEAVES_A_MOUNT = ("subprocess.run(['mount', '-t', 'tmpfs', 'none', '/mnt'])",
                  ["unshare", "-m"], "the host changed:", "mounts: new: ")
SETS_A_SYSCTL = ("open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')",
                 ["unshare", "-n"], "the run changed this host:",
                 "sysctls: new: /proc/sys/net/ipv4/ip_forward: b'1")
# In a user namespace the keyrings of its root are others.
LEAVES_A_KEY = ("import ctypes; assert ctypes.CDLL(None).syscall("
                "standing.SYS_ADD_KEY, b'user', b'leaked', b'x', 1, "
                "standing.KEY_SPEC_USER_SESSION_KEYRING) > 0",
                ["unshare", "-U", "-r"], "the run changed this host:",
                "'user      leaked')")


@pytest.mark.parametrize("leak, flags", [
    (LEAVES_A_MOUNT, []), (LEAVES_A_MOUNT, ["--shared-host"]),
    (SETS_A_SYSCTL, []), (SETS_A_SYSCTL, ["--shared-host"]),
    (LEAVES_A_KEY, [])])
def test_a_test_that_leaks_fails(tmp_path, leak, flags):
    need(os.geteuid() == 0, "root")
    line, prefix, heading, said = leak
    for path in Path(__file__).parent.iterdir():
        if path.is_file() and not path.name.startswith("test_"):
            shutil.copy(path, tmp_path)
    (tmp_path / "test_leak.py").write_text(
        f"import subprocess\nimport standing\ndef test_leak():\n    {line}\n")
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "pytest", tmp_path,
         "-p", "no:cacheprovider", *flags], capture_output=True, text=True,
        env={**os.environ, "KEYS_COLLECTED_WITHIN_MS": "50"}, check=False)
    assert done.returncode == 1, done.stdout
    assert heading in done.stdout
    assert said in done.stdout
