"""What a command on a machine gets, prints and leaves, and what files cross
over, on every kernel."""

import os
import signal

import pytest

from machine_keys import guest, pytest_generate_tests, present  # noqa: F401
from machines import GuestError

pytestmark = pytest.mark.machine


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
