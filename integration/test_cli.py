"""`bulkhead run`: exit statuses, what passes through, what the
workload finds itself in."""

import json
import os
import re
import signal
import subprocess

import pytest

from conftest import need, sentence

pytestmark = pytest.mark.fast

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


# ---- exit statuses ---------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 7, 124, 255])
def test_exit_is_the_status_of_the_workload(in_container, status):
    in_container(command=["sh", "-c", f"exit {status}"], check=status)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV,
                                    signal.SIGABRT])
def test_a_workload_ended_by_a_signal_exits_128_and_the_signal(
        in_container, number):
    # A process 1 would ignore the signals that it sends itself.
    in_container("--unsafe", "--without", "pidns",
                 command=["sh", "-c", f"kill -{int(number)} $$"],
                 check=128 + number)


def test_a_workload_killed_from_outside_exits_137(bulkhead, rootfs):
    with subprocess.Popen(
            [bulkhead, "run", "--rootfs", rootfs, "--", "sh", "-c",
             "echo ready; read line"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "ready\n"
        children = f"/proc/{running.pid}/task/{running.pid}/children"
        with open(children, encoding="ascii") as stream:
            os.kill(int(stream.read().split()[0]), signal.SIGKILL)
        assert running.wait(timeout=30) == 137


def test_a_program_that_is_not_there_exits_127(in_container):
    done = in_container(command=["no-such-program"], check=127)
    assert "no-such-program" in sentence(done)


def test_a_path_that_is_not_there_exits_127(in_container):
    sentence(in_container(command=["/bin/no-such-program"], check=127))


def test_a_file_that_may_not_be_executed_exits_126(in_container, rootfs):
    (rootfs / "etc/plain").write_text("not a program")
    done = in_container(command=["/etc/plain"], check=126)
    assert "/etc/plain" in sentence(done)


def test_a_folder_is_not_executable(in_container):
    sentence(in_container(command=["/etc"], check=126))


def test_a_missing_rootfs_exits_125(run, tmp_path):
    done = run("run", "--rootfs", tmp_path / "none", "--", "true", check=125)
    assert str(tmp_path / "none") in sentence(done)


# ---- what passes through ---------------------------------------------------


def test_stdout_and_stderr_pass_through_apart(in_container):
    done = in_container(command=["sh", "-c", "echo out; echo err >&2"],
                        check=0)
    said = [line for line in done.stderr.splitlines()
            if not line.startswith("bulkhead: without landlock.")]
    assert (done.stdout, said) == ("out\n", ["err"])


def test_stdin_passes_through_whole(in_container):
    text = "line\n" * 20_000
    assert in_container(command=["cat"], stdin=text, check=0).stdout == text


def test_arguments_arrive_as_they_are(in_container):
    words = ["", " ", "a b", "$HOME", "--rootfs", "ü"]
    done = in_container(command=["sh", "-c", 'for w; do echo "[$w]"; done',
                                 "sh", *words], check=0)
    assert done.stdout.splitlines() == [f"[{word}]" for word in words]


# ---- what the workload finds itself in -------------------------------------


def test_the_workload_is_process_1(in_container):
    assert in_container(command=["sh", "-c", "echo $$"],
                        check=0).stdout == "1\n"


def test_the_workload_sees_no_process_of_the_host(in_container):
    done = in_container(command=["sh", "-c", "echo /proc/[0-9]*"], check=0)
    assert done.stdout == "/proc/1\n"


def test_the_host_name_is_the_one_asked_for(in_container):
    done = in_container("--hostname", "inside", command=["hostname"], check=0)
    assert done.stdout == "inside\n"


def test_the_strict_preset_shows_processes_only(in_container):
    def names(folder):
        return set(in_container("--preset", "strict", command=["ls", folder],
                                check=0).stdout.split())
    seen = names("/proc")
    assert {"1", "self"} <= seen
    assert {name for name in seen if not name.isdigit()} <= {
        "self", "thread-self"}
    assert not names("/sys")


def test_the_environment_is_not_inherited(in_container):
    done = in_container("--env", "GIVEN=yes", command=["env"],
                        env={"SECRET": "leaked"}, check=0)
    assert "GIVEN=yes" in done.stdout.splitlines()
    assert "SECRET" not in done.stdout


def test_no_descriptor_is_inherited(in_container):
    readable, writable = os.pipe()
    try:
        done = in_container(
            command=["sh", "-c", "for fd in /proc/self/fd/*; do "
                                 "readlink $fd; done; true"],
            pass_fds=(writable,), check=0)
    finally:
        os.close(readable)
        os.close(writable)
    # The three standard ones; the glob's own folder is gone by then.
    assert len([line for line in done.stdout.splitlines() if line]) == 3


def test_the_user_is_the_one_asked_for(in_container):
    done = in_container("--user", "1000:1001",
                        command=["sh", "-c", "id -u; id -g"], check=0)
    assert done.stdout == "1000\n1001\n"


def test_the_uid_map_is_not_the_hosts(in_container):
    done = in_container("--userns", "new",
                        command=["cat", "/proc/self/uid_map"], check=0)
    for line in done.stdout.splitlines():
        inside, outside, size = map(int, line.split())
        assert (inside, outside, size) != (0, 0, 4294967295)


def test_the_working_folder_is_the_one_asked_for(in_container):
    assert in_container("--cwd", "/tmp", command=["pwd"],
                        check=0).stdout == "/tmp\n"


def test_the_root_is_read_only(in_container, rootfs):
    done = in_container(command=["touch", "/etc/new"])
    assert done.returncode == 1
    assert "Read-only file system" in done.stderr
    assert not (rootfs / "etc/new").exists()


def test_rw_makes_the_root_writable(in_container, rootfs):
    in_container("--rw", command=["touch", "/etc/new"], check=0)
    assert (rootfs / "etc/new").exists()


def test_tmp_is_writable_and_its_own(in_container, rootfs):
    in_container(command=["sh", "-c", "echo a > /tmp/new && cat /tmp/new"],
                 check=0)
    assert not (rootfs / "tmp/new").exists()


def test_a_bind_is_read_only_unless_asked_otherwise(
        in_container, rootfs, tmp_path):
    (rootfs / "etc/given").touch()
    (tmp_path / "given").write_text("here\n")
    (tmp_path / "given").chmod(0o666)
    flag = f"{tmp_path}/given:/etc/given"
    seen = in_container("--bind", flag, command=["cat", "/etc/given"], check=0)
    assert seen.stdout == "here\n"
    refused = in_container("--bind", flag,
                           command=["sh", "-c", "echo a >> /etc/given"])
    assert refused.returncode != 0
    in_container("--bind", flag + ":rw",
                 command=["sh", "-c", "echo a >> /etc/given"], check=0)
    assert (tmp_path / "given").read_text() == "here\na\n"


def test_a_new_network_has_the_loopback_only(in_container):
    done = in_container("--net", "new", command=["cat", "/proc/net/dev"],
                        check=0)
    names = [line.split(":")[0].strip()
             for line in done.stdout.splitlines()[2:]]
    assert "lo" in names
    assert "eth0" not in names


def test_capabilities_are_none_unless_added(in_container):
    def effective(*flags):
        done = in_container(*flags, command=["grep", "CapEff",
                                             "/proc/self/status"], check=0)
        return int(done.stdout.split()[1], 16)

    net_bind_service = 1 << 10
    assert not effective() & ~0xa80425fb, "more than the OCI default set"
    assert effective("--cap-add", "NET_BIND_SERVICE") & net_bind_service


# ---- sabotage is spelled out -----------------------------------------------


@pytest.mark.parametrize("flags", [["--without", "seccomp"],
                                   ["--skip", "no-such-step"]])
def test_sabotage_is_refused_unless_called_unsafe(in_container, flags):
    done = in_container(*flags, command=["true"], check=125)
    assert "--unsafe" in sentence(done)


def test_sabotage_stands_in_the_result(in_container, tmp_path):
    result = tmp_path / "result.json"
    in_container("--unsafe", "--without", "seccomp", "--result", result,
                 command=["grep", "-q", "Seccomp:.*0", "/proc/self/status"],
                 check=0)
    assert json.loads(result.read_text())["sabotage"]["without"] == ["seccomp"]


def test_a_result_without_sabotage_says_so(in_container, tmp_path):
    result = tmp_path / "result.json"
    in_container("--result", result, command=["sh", "-c", "exit 7"], check=7)
    content = json.loads(result.read_text())
    assert content["exit"]["status"] == 7
    assert content["sabotage"] == {"without": [], "skipped": []}
    # A preset may do without: on cgroup v1 there is no oom.group, and of
    # Landlock a kernel has more or less.
    assert {one["feature"] for one in content["degradations"]
            if not one["feature"].startswith("landlock.")} <= {
                "cgroup.memory.oom.group"}
    assert isinstance(content["counters"], dict)


# ---- without privileges ----------------------------------------------------


def unprivileged(in_container, *flags):
    need(os.geteuid() == 0, "root, to give it up")
    return in_container("--memory", "64M", "--pids", "64", *flags,
                        command=["id", "-u"], prefix=NOBODY)


def test_limits_that_cannot_be_had_are_refused_with_the_way_out(in_container):
    done = unprivileged(in_container)
    assert done.returncode == 125
    assert "--prefer cgroup" in sentence(done)


def test_a_preferred_boundary_that_is_missing_stands_in_the_result(
        in_container, rootfs):
    # The one folder here that the unprivileged user may write to.
    result = rootfs / "tmp/result.json"
    done = unprivileged(in_container, "--prefer", "cgroup", "--result", result)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
    degradations = json.loads(result.read_text())["degradations"]
    assert [one for one in degradations if "cgroup" in json.dumps(one)]


def test_the_hosts_own_root_can_be_the_unprivileged_users_root(run):
    need(os.geteuid() == 0, "root, to give it up")
    done = run("run", "--prefer", "cgroup", "--", "cat",
               "/proc/self/mountinfo", prefix=NOBODY, check=0)
    mounts = [line.split() for line in done.stdout.splitlines()]
    own = {fields[4]: set(fields[5].split(",")) for fields in mounts}
    assert {"ro", "nosuid", "nodev"} <= own["/"]
    assert "rw" in own["/proc"] and "rw" in own["/tmp"]
    # Whatever else the host has mounted came along with no more rights.
    writable = [place for place, options in own.items() if "rw" in options]
    assert all(re.match("/(proc|dev|tmp|run)(/|$)", place)
               for place in writable), writable
