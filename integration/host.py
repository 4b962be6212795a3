"""The state of this host that no container may change: taken before and after
every test, compared as data."""

import ctypes
import glob
import os
import select
import socket
import stat
from pathlib import Path

# Programs whose processes belong to a container or its runtime.
RUNTIMES = ("bulkhead", "crun", "runc", "bwrap")
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """Whatever a runtime leaves behind becomes this process's child."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def mounts():
    return Path("/proc/self/mountinfo").read_text().splitlines()


def own_cgroups():
    """The cgroups of this process, by what their hierarchy carries."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return dict(line.split(":", 2)[1:] for line in lines)


def cgroups():
    """Every cgroup of every mounted hierarchy. Left out are the siblings of
    this process's own cgroup: they belong to whoever started it, and come and
    go by themselves."""
    own = own_cgroups()
    found = []
    for line in mounts():
        fields, after = line.split(" - ", 1)
        kind, _, options = after.split(" ", 2)
        if kind not in ("cgroup", "cgroup2"):
            continue
        top = fields.split()[4]
        mine = next((path for names, path in own.items() if names and
                     set(names.split(",")) <= set(options.split(","))),
                    own.get("", "/") if kind == "cgroup2" else "/")
        mine = os.path.normpath(top + mine)
        siblings_of_mine = os.path.dirname(mine) if mine != top else None
        for folder, names, _ in os.walk(top):
            if folder == siblings_of_mine:
                names[:] = [n for n in names if f"{folder}/{n}" == mine]
            found.append(folder)
    return sorted(found)


def _stat_fields(pid):
    """(comm, state, parent) of a process; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    comm, rest = text.split("(", 1)[1].rsplit(")", 1)
    state, parent = rest.split()[:2]
    return comm, state, int(parent)


def processes(shared=False):
    """Runtimes that run, unless the host is shared, and children of this
    process, a subreaper."""
    runtimes = () if shared else RUNTIMES
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        fields = _stat_fields(pid)
        if fields is None:
            continue
        comm, state, parent = fields
        is_child = parent == os.getpid()
        if is_child and state == "Z":
            os.waitpid(int(pid), os.WNOHANG)
        elif is_child or (comm.startswith(runtimes) and state != "Z"):
            found[int(pid)] = comm
    return found


def wait_for_end(pids, limit_ms=2000):
    """Gives processes that are dying already the time to do so."""
    for pid in pids:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        poll.poll(limit_ms)
        os.close(pidfd)


def devices():
    """Mode, owner and number of all below /dev; terminals come and go."""
    found = {}
    for folder, names, others in os.walk("/dev"):
        if folder == "/dev":
            names[:] = [name for name in names if name != "pts"]
        for name in names + others:
            path = f"{folder}/{name}"
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            found[path] = (stat.filemode(status.st_mode), status.st_uid,
                           status.st_gid, status.st_rdev)
    return found


def links():
    """Network links by index."""
    return dict(socket.if_nameindex())


def system_v_ipc():
    """Keys and ids of queues, semaphores and shared memory."""
    found = {}
    for kind in ("msg", "sem", "shm"):
        lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
        found[kind] = [line.split()[:2] for line in lines]
    return found


def runtime_state():
    """What runtimes keep about containers that exist. The folder of
    bulkhead's records stays, once there is one."""
    patterns = ["/run/bulkhead/*", "/run/bulkhead/state/*", "/run/crun/*",
                "/run/runc/*", "/tmp/bulkhead*", "/tmp/.bulkhead*"]
    return sorted(path for pattern in patterns for path in glob.glob(pattern)
                  if path != "/run/bulkhead/state")


def kernel_settings():
    names = ["hostname", "domainname", "core_pattern"]
    return {name: Path(f"/proc/sys/kernel/{name}").read_text()
            for name in names}


def snapshot(shared=False):
    """All of the above by name. On a host that is shared with tests of
    containers only what none of these may change, and own processes."""
    found = {
        "mounts": mounts(),
        "processes": processes(shared),
        "links": links(),
        "devices": devices(),
        "settings": kernel_settings(),
    }
    if not shared:
        found |= {"cgroups": cgroups(), "ipc": system_v_ipc(),
                  "state": runtime_state()}
    return found


def _items(value):
    if isinstance(value, dict):
        return {f"{key}: {entry}" for key, entry in value.items()}
    return set(value)


def differences(before, after):
    """One line for each thing that appeared or went away."""
    lines = []
    for name, value in before.items():
        old, new = _items(value), _items(after[name])
        lines += [f"{name}: gone: {item}" for item in sorted(old - new)]
        lines += [f"{name}: new: {item}" for item in sorted(new - old)]
    return lines
