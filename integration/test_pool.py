"""`bulkhead pool` and `bulkhead run --pool`: a container that waited, used once,
as if `run` had made it."""

import array
import os
import select
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import host
from leftovers import eventually, readable

pytestmark = pytest.mark.fast

LIMIT_MS = 20_000


class Served:
    """A pool, and clients of it."""

    def __init__(self, bulkhead, rootfs, path, *flags, command=("sh",),
                 program=None):
        self.path = str(path)
        self.bulkhead = bulkhead
        self.process = subprocess.Popen(
            [program or bulkhead, "pool", "--listen", self.path, *flags,
             "--rootfs", rootfs, "--", *command],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline()

    def command(self, *arguments):
        return [self.bulkhead, "run", "--pool", self.path,
                *(["--", *arguments] if arguments else [])]

    def run(self, *arguments, prefix=(), **others):
        return subprocess.run([*prefix, *self.command(*arguments)],
                              capture_output=True, text=True, timeout=30,
                              check=False, **others)

    def begin(self, *arguments):
        return subprocess.Popen(self.command(*arguments), text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        said = self.process.communicate(timeout=30)[1]
        return self.process.returncode, said


@pytest.fixture
def pools(bulkhead, rootfs, tmp_path):
    """pools("--size", "2") serves until the test is over."""
    served = []

    def start(*flags, **others):
        one = Served(bulkhead, rootfs, tmp_path / f"pool{len(served)}", *flags,
                     **others)
        served.append(one)
        return one

    yield start
    for one in served:
        if one.process.poll() is None:
            assert one.end() == (0, "")
        one.process.stdout.close()
        one.process.stderr.close()


@pytest.fixture
def pool(pools):
    return pools()


def is_readable(stream):
    return select.select([stream], [], [], LIMIT_MS / 1000)[0] == [stream]


# ---- as `run` ---------------------------------------------------------------


def test_a_pool_says_that_it_is_ready_and_where(pool):
    assert pool.line == f"4 wait at {pool.path}\n"
    assert Path(pool.path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("status", [0, 7, 255])
def test_the_status_is_the_workloads(pool, status):
    done = pool.run("-c", f"exit {status}")
    assert (done.returncode, done.stderr) == (status, "")


def test_streams_are_the_clients(pool):
    done = pool.run("-c", "cat; echo told >&2", input="asked\n")
    assert (done.stdout, done.stderr) == ("asked\n", "told\n")


def test_arguments_take_the_place_of_the_commands_own(pools):
    pool = pools(command=("echo", "its", "own"))
    assert pool.run().stdout == "its own\n"
    assert pool.run("another", "", "a b").stdout == "another  a b\n"
    long = "x" * 90_000
    assert pool.run(long).stdout == long + "\n"


@pytest.mark.shipped
def test_the_plain_way_takes_nine_system_calls(pool, tmp_path):
    """No libc is set up for it; whatever is not plain is as ever."""
    log = tmp_path / "calls"
    strace = ["strace", "-qq", "-o", str(log)]
    assert pool.run("-c", "exit 3", prefix=strace).returncode == 3
    calls = [line.split("(")[0] for line in log.read_text().splitlines()]
    assert calls == ["execve", "rt_sigprocmask", "signalfd4", "socket",
                     "connect", "sendmsg", "poll", "recvfrom", "exit_group"]
    many = ["-c", "echo $#", *"x" * 100]
    assert pool.run(*many, prefix=strace).stdout == "99\n"
    assert "brk" in log.read_text()


@pytest.mark.parametrize("closed", range(3))
def test_a_client_with_a_closed_stream(pool, closed):
    done = pool.run("-c", "echo out; echo err >&2; exit 4",
                    preexec_fn=lambda: os.close(closed))
    assert done.returncode == 4, done.stderr
    assert done.stdout == ("" if closed == 1 else "out\n")
    assert done.stderr == ("" if closed == 2 else "err\n")


def test_each_is_confined_and_used_once(pool):
    look = ("grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status; "
            "echo $$; hostname; cat /tmp/left 2>/dev/null; echo x >/tmp/left")
    seen = [pool.run("-c", look).stdout.split() for _ in range(6)]
    assert all(one[:7] == ["CapEff:", "0" * 16, "NoNewPrivs:", "1",
                           "Seccomp:", "2", "1"] for one in seen)
    assert all(len(one) == 8 for one in seen)  # Nobody found /tmp/left.


def test_more_at_a_time_than_wait(pools):
    pool = pools("--size", "2")
    clients = [pool.begin("-c", "read line; echo $line; exit 3")
               for _ in range(24)]
    for number, client in enumerate(clients):
        assert client.communicate(f"{number}\n", timeout=30) == (
            f"{number}\n", "")
        assert client.returncode == 3


def test_beyond_the_most_others_wait(pools):
    pool = pools("--most", "1")
    first = pool.begin("-c", "trap 'echo got' USR1; echo here; read line; "
                       "read line")
    assert first.stdout.readline() == "here\n"
    second = pool.begin("-c", "echo there")
    asked = Path(f"/proc/{second.pid}/wchan")  # It waits for its answer.
    eventually(lambda: "poll" in asked.read_text())
    # What the first one says afterwards is attended to.
    first.send_signal(signal.SIGUSR1)
    assert first.stdout.readline() == "got\n"
    assert not readable(second.stdout)
    assert first.communicate("go\ngo\n", timeout=30) == ("", "")
    assert second.communicate(timeout=30) == ("there\n", "")


# ---- signals and ends -------------------------------------------------------


def test_a_signal_to_the_client_is_the_workloads(pool):
    client = pool.begin("-c", "trap 'echo got; exit 5' TERM; echo here; "
                        "while :; do read line; done")
    assert client.stdout.readline() == "here\n"
    client.terminate()
    assert client.communicate("\n", timeout=30) == ("got\n", "")
    assert client.returncode == 5


def test_a_second_request_to_end_kills(pool):
    client = pool.begin("-c", "echo here; while :; do read line || sleep 9; done")
    assert client.stdout.readline() == "here\n"
    client.terminate()

    def has_ended():
        client.terminate()  # Two that wait at the same time are one.
        return client.poll() is not None

    eventually(has_ended)
    assert client.communicate() == ("", "")
    assert client.returncode == 128 + signal.SIGKILL


def test_a_client_that_is_killed_takes_its_workload_along(pool):
    client = pool.begin("-c", "echo here; sleep 1000")
    assert client.stdout.readline() == "here\n"
    client.kill()
    # The workload holds the other end.
    assert is_readable(client.stdout)
    assert client.stdout.read() == ""
    client.communicate()
    assert pool.run("-c", "exit 4").returncode == 4


def test_a_pool_that_ends_takes_all_along(pool):
    clients = [pool.begin("-c", "echo here; sleep 1000") for _ in range(3)]
    for client in clients:
        assert client.stdout.readline() == "here\n"
    assert pool.end() == (0, "")
    for client in clients:
        said = client.communicate(timeout=30)[1]
        assert client.returncode == 125
        assert said.startswith("bulkhead: run --pool: the pool at "), said
    assert not Path(pool.path).exists()


def test_a_signal_that_is_ignored_ends_no_pool(pools, bulkhead, tmp_path):
    wrapper = tmp_path / "nohup"
    wrapper.write_text(f"#!/bin/sh\ntrap '' HUP\nexec {bulkhead} \"$@\"\n")
    wrapper.chmod(0o755)
    pool = pools(program=str(wrapper))
    pool.process.send_signal(signal.SIGHUP)
    assert pool.run("-c", "exit 3").returncode == 3


def test_a_pool_that_cannot_say_that_it_is_ready_fails(run, rootfs, tmp_path):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = run("pool", "--listen", tmp_path / "p", "--rootfs", rootfs,
                   "--", "true", stdout=full, check=125)
    assert "pool: write to stdout: No space left" in done.stderr
    assert not (tmp_path / "p").exists()


def test_a_pool_that_is_killed_leaves_what_gc_removes(pool, run):
    client = pool.begin("-c", "echo here; sleep 1000")
    assert client.stdout.readline() == "here\n"
    pool.end(signal.SIGKILL)
    assert client.wait(timeout=30) == 125
    client.communicate()
    eventually(lambda: run("gc").returncode == 0)
    # A socket file that nobody listens at is another's to replace.
    assert Path(pool.path).exists()
    Path(pool.path).unlink()


# ---- what is refused --------------------------------------------------------


def test_where_no_pool_listens(run, tmp_path):
    done = run("run", "--pool", tmp_path / "none", check=125)
    assert "No such file" in done.stderr
    assert "bulkhead pool --listen" in done.stderr


def test_a_path_that_is_too_long_or_empty(run, rootfs):
    for path in ("/" + "x" * 108, ""):
        for words in (["run", "--pool", path],
                      ["pool", "--listen", path, "--rootfs", rootfs, "--",
                       "true"]):
            done = run(*words, check=125)
            assert "1 to 107" in done.stderr, done.stderr


def test_arguments_that_are_too_long(pool):
    done = pool.run("x" * 100_000)
    assert done.returncode == 125
    assert "at most 98304" in done.stderr


def test_another_flag_beside_the_pool(run):
    done = run("run", "--pool", "/none", "--memory", "64M", "--", "true")
    assert done.returncode == 125
    assert "--memory: what runs was said to `bulkhead pool`" in done.stderr


def test_two_pools_at_one_path(pool, run, rootfs):
    done = run("pool", "--listen", pool.path, "--rootfs", rootfs, "--", "true",
               check=125)
    assert "another pool listens there" in done.stderr
    assert pool.run("-c", "exit 3").returncode == 3


def test_a_file_that_is_no_socket_stays(run, rootfs, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    done = run("pool", "--listen", path, "--rootfs", rootfs, "--", "true",
               check=125)
    assert "give another path" in done.stderr
    assert path.read_text() == "mine"


def test_a_socket_that_nobody_listens_at_is_replaced(bulkhead, rootfs,
                                                     tmp_path):
    path = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
        stale.bind(str(path))
    one = Served(bulkhead, rootfs, path)
    assert one.run("-c", "exit 6").returncode == 6
    assert one.end() == (0, "")
    assert not path.exists()


def test_a_command_that_is_not_there_is_said_to_the_client(pools):
    done = pools(command=("/no-such-command",)).run()
    assert done.returncode == 127
    assert "bulkhead: " in done.stderr
    assert "No such file" in done.stderr


def test_another_user_is_refused(pool, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    Path(pool.path).chmod(0o666)
    done = pool.run("-c", "exit 0",
                    prefix=["setpriv", "--reuid", "65534", "--clear-groups"])
    assert done.returncode == 125
    assert "it serves uid 0 and root, not uid 65534" in done.stderr


# ---- what no client of ours says --------------------------------------------


def say(path, text, fds=()):
    """The pool's answer to one packet; empty: it has closed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(path)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                   array.array("i", fds))] if fds else []
        client.sendmsg([text], rights)
        client.settimeout(LIMIT_MS / 1000)
        try:
            return client.recv(100_000)
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("text, descriptors, said", [
    (b"A2", 3, b"another version"), (b"\0", 3, b"another version"),
    (b"A1", 0, b"without standard input"), (b"A1", 2, b"without standard"),
    (b"A1", 4, b"3 descriptors"), (b"A1", 200, b"3 descriptors"),
    (b"A1cut", 3, b"cut short"), (b"A1" + b"x" * 99_000, 3, b"98304 bytes"),
    (b"", 0, b"")])
def test_what_is_malformed_is_refused_and_harms_nobody(pool, text, descriptors,
                                                       said):
    opened = [os.open("/dev/null", os.O_RDWR) for _ in range(descriptors)]
    try:
        answer = say(pool.path, text, opened)
    finally:
        for fd in opened:
            os.close(fd)
    assert answer[:1] == (b"R" if said else b"")
    assert said in answer
    held = os.listdir(f"/proc/{pool.process.pid}/fd")
    assert pool.run("-c", "exit 2").returncode == 2
    eventually(lambda: len(os.listdir(f"/proc/{pool.process.pid}/fd"))
               <= len(held))


def test_a_packet_that_is_no_signal_ends_the_workload(pool):
    here, there = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(pool.path)
        client.sendmsg([b"A1-c\0echo here; sleep 1000\0"],
                       [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                         array.array("i", [0, there, 2]))])
        os.close(there)
        with open(here) as stream:
            assert stream.readline() == "here\n"
            client.send(b"S\x40")
            assert b"neither a signal" in client.recv(1000)
            assert is_readable(stream)
            assert stream.read() == ""


def test_who_says_nothing_holds_nobody_up(pool):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.connect(pool.path)
        assert pool.run("-c", "exit 9").returncode == 9


def test_without_descriptors_others_wait_and_are_served(pools):
    pool = pools("--size", "1")
    base = len(os.listdir(f"/proc/{pool.process.pid}/fd"))
    subprocess.run(["prlimit", f"--pid={pool.process.pid}",
                    f"--nofile={base + 14}"], check=True)
    clients = [pool.begin("-c", "exit 3") for _ in range(30)]
    ends = []
    for client in clients:
        client.communicate(timeout=30)
        ends.append(client.returncode)
    # Some may be refused for want of descriptors; none waits for ever.
    assert set(ends) <= {3, 125}
    assert 3 in ends
    assert host.processes()[pool.process.pid]
