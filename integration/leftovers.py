"""What is left of a supervisor that was killed: its processes, cgroups and
record; and how soon its processes are gone."""

import os
import signal
import select
import time

import host

ORPHAN_LIMIT_S = 0.1


def children():
    """Children of this process, which is the subreaper of all below it."""
    found = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children", encoding="ascii") as one:
            found |= set(map(int, one.read().split()))
    return found


def kill_children(pid):
    """SIGKILL to the children of a process that may have ended."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            for child in map(int, text.read().split()):
                os.kill(child, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def ended_within(pid, seconds):
    """Whether the process ends in that time; it is not collected."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(max(0, seconds * 1000)))
    finally:
        os.close(pidfd)


def readable(file):
    """Whether there is something to read, or the end, at this moment."""
    return bool(select.select([file], [], [], 0)[0])


def eventually(check, seconds=10):
    """Fails unless `check()` becomes true in that time."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it never came true"
        select.select([], [], [], 0.02)


def describe(pid):
    """What a process is doing."""
    text = []
    for name in ("comm", "wchan", "status", "stack"):
        try:
            with open(f"/proc/{pid}/{name}", encoding="utf-8") as file:
                text.append(f"{name}: {file.read()}")
        except OSError as error:
            text.append(f"{name}: {error}")
    return "\n".join(text)


def await_orphans(before, limit_s=5):
    """Collects every child that was not there before; the seconds that took.
    What does not end is an error that says what it does."""
    begin = time.monotonic()
    while orphans := children() - before:
        for pid in orphans:
            left = limit_s - (time.monotonic() - begin)
            if not ended_within(pid, left):
                raise AssertionError(f"orphan {pid}: {describe(pid)}")
            os.waitpid(pid, 0)
    return time.monotonic() - begin


def cgroups():
    """The cgroups of containers and crash boxes."""
    return [path for path in host.cgroups()
            if os.path.basename(path).startswith("bulkhead")]


def percentile(values, share):
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def times_of(name, seconds):
    """A line of figures, for whoever reads the output."""
    text = ", ".join(f"p{share * 100:g} {percentile(seconds, share) * 1e3:.1f}"
                     for share in (0.5, 0.9, 0.99))
    return f"{name}: {len(seconds)} times, {text}, " \
        f"max {max(seconds) * 1e3:.1f} ms"
