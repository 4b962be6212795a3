"""The runtime's own skin, tried from within: its program, its descriptors, its
directories, and who is in the namespaces that it joins. What a neighbour may
open of a start on its way is runtime/parent/start_skin_test.cpp, links in the
image are test_hostile_images.py."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import USER, need, sentence

# Holds the program of the first process that comes, and tries to write it when
# it is told to.
OVERWRITE = """
echo ready
while :; do
  for p in /proc/[0-9]*; do
    [ $p = /proc/1 ] && continue
    { command exec 9<$p/exe; } 2>/dev/null && break 2
  done
done
readlink /proc/self/fd/9
read -r word
{ echo overwritten >/proc/self/fd/9; } 2>/dev/null && echo wrote || echo refused
"""


@contextlib.contextmanager
def running(command, **others):
    """A container beside which others start; its end is that of its input."""
    with subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True,
                          **others) as container:
        try:
            assert container.stdout.readline() == "ready\n"
            yield container
        finally:
            container.stdin.close()
            container.terminate()


def namespace_of(container, kind):
    """Of its workload, which is the child of its supervisor that is PID 1."""
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    [first] = [pid for pid in children.read_text().split()
               if re.search(r"^NSpid:.*\t1$",
                            Path(f"/proc/{pid}/status").read_text(), re.M)]
    return f"/proc/{first}/ns/{kind}"


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture
def neighbour(bulkhead, rootfs):
    """neighbour("--cap-add", "SYS_PTRACE") is a container to be joined."""

    def start(*flags, script="echo ready; read -r word"):
        return running([bulkhead, "run", "--userns", "host", "--landlock",
                        "none", *flags, "--rootfs", rootfs, "--", "sh", "-c",
                        script])

    return start


# ---- its program -----------------------------------------------------------


def test_its_program_is_not_overwritten(bulkhead, rootfs, tmp_path, neighbour):
    # CVE-2019-5736. A copy, or the neighbour's own supervisor would keep it.
    victim = tmp_path / "bulkhead"
    shutil.copy(bulkhead, victim)
    before = digest(victim)
    entry = rootfs / "entry"
    entry.write_text("#!/proc/self/exe\n")
    entry.chmod(0o755)
    with neighbour(script=OVERWRITE) as holder:
        place = namespace_of(holder, "pid")
        os.set_blocking(holder.stdout.fileno(), False)
        for _ in range(200):
            done = subprocess.run(
                [victim, "run", "--userns", "host", "--pid", place,
                 "--landlock", "none", "--rootfs", rootfs, "--", "/entry"],
                check=False, capture_output=True, text=True, timeout=60)
            # The runtime itself, inside, with an odd command line.
            assert done.returncode == 125 and "/entry" in done.stderr
            caught = holder.stdout.readline()
            if caught:
                assert "busybox" not in caught
                break
        else:
            pytest.fail("it caught nothing: it is not seen to try")
        os.set_blocking(holder.stdout.fileno(), True)
        holder.stdin.write("write\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "refused\n"
    assert digest(victim) == before


def test_the_program_of_a_user_without_root_is_a_sealed_copy(
        bulkhead, rootfs, tmp_path):
    need(os.geteuid() == 0, "root, to give it up")
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o755)
    victim = tmp_path / "bulkhead"
    shutil.copy(bulkhead, victim)
    for path in (victim, rootfs):
        shutil.chown(path, 65534, 65534)
    before = digest(victim)
    command = [*USER, victim, "run", "--prefer", "cgroup", "--rootfs", rootfs,
               "--", "sh", "-c", "echo ready; read -r word"]
    with running(command, stderr=subprocess.DEVNULL) as container:
        held = os.open(f"/proc/{container.pid}/exe", os.O_RDONLY)
    try:
        with pytest.raises(PermissionError):
            os.pwrite(os.open(f"/proc/self/fd/{held}", os.O_WRONLY), b"x", 0)
    finally:
        os.close(held)
    assert digest(victim) == before


# ---- the namespaces that it joins ------------------------------------------


def test_a_pid_namespace_that_is_joined_is_the_one_that_is_seen(
        in_container, neighbour):
    with neighbour() as joined:
        flags = ["--pid", namespace_of(joined, "pid")]
        done = in_container(
            *flags, "--userns", "host", check=0,
            command=["sh", "-c", "echo /proc/[0-9]*; cat /proc/1/cmdline"])
        assert done.stdout.startswith("/proc/1 /proc/2\n")
        assert "read -r word" in done.stdout
        # It is not this user namespace's to show, and the host's is no answer.
        assert "--userns host" in sentence(
            in_container(*flags, command=["true"], check=125))


def test_none_is_joined_in_which_somebody_may_trace(in_container, neighbour):
    with neighbour("--cap-add", "SYS_PTRACE") as joined:
        done = in_container("--userns", "host", "--pid",
                            namespace_of(joined, "pid"), command=["true"],
                            check=125)
        assert "may trace" in sentence(done)


def test_what_is_mounted_is_of_the_namespaces_that_are_joined(
        in_container, neighbour):
    look = "echo /sys/class/net/*; mount | grep -c -e ' /sys type' -e mqueue"
    with neighbour() as joined:
        joins = [word for kind in ("net", "ipc") for word in (
            f"--{kind}", namespace_of(joined, kind))]
        done = in_container(*joins, "--userns", "host", check=0,
                            command=["sh", "-c", look])
    assert done.stdout == "/sys/class/net/lo\n2\n"


def test_a_cgroup_namespace_that_is_joined_is_the_root_that_is_mounted(
        in_container, neighbour):
    def tree(*flags):
        return in_container(
            *flags, "--userns", "host", check=0,
            command=["busybox", "find", "/sys/fs/cgroup", "-type", "d"]).stdout

    with neighbour() as joined:
        seen = tree("--cgroupns", namespace_of(joined, "cgroup"))
    assert seen == tree()
    assert "/bulkhead" in tree("--cgroupns", "host")
    assert "/bulkhead" not in seen


# ---- its descriptors and directories ---------------------------------------


def test_no_descriptor_is_a_working_directory(in_container):
    # CVE-2024-21626: while it starts some of them are directories outside.
    def led_out(fd, *flags):
        done = in_container(*flags, "--cwd", f"/proc/self/fd/{fd}",
                            command=["/bin/busybox", "pwd"])
        assert done.returncode in (0, 125) or flags, done.stderr
        return done.returncode != 125 and not done.stdout.startswith("/")

    fds = range(3, 16)
    assert not [fd for fd in fds if led_out(fd)]
    assert any(led_out(fd, "--unsafe", "--skip", "readback")
               for fd in reversed(fds))


@pytest.mark.parametrize("target", ["/", "../../../..", "."])
def test_a_working_directory_may_be_a_link_to_the_root(
        in_container, rootfs, target):
    (rootfs / "here").symlink_to(target)
    done = in_container("--cwd", "/here", check=0, command=["/bin/busybox",
                                                            "pwd"])
    assert done.stdout == "/\n"


# ---- its records -----------------------------------------------------------


@pytest.mark.parametrize("name", [".new", "1.2.3"])
def test_a_link_where_a_record_would_be_is_not_followed(
        run, in_container, tmp_path, name):
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    (state / name).symlink_to(canary)
    env = {"BULKHEAD_STATE_DIR": str(state)}
    in_container(command=["true"], env=env, check=0)
    # One that is no record is told of, an unfinished one is replaced.
    run("gc", env=env, check=0 if name == ".new" else 1)
    assert canary.read_text() == "untouched"
