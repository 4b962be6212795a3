"""What of this host no test run may change and no single test is watched for:
every sysctl's value and every key that can be seen."""

import ctypes
import os
import platform
import re
import select
from pathlib import Path

import host

# Counts, and what is another at every reading. A test of these would be one of
# the whole machine.
COUNTED = re.compile(
    r"/proc/sys/(fs/(dentry-state|inode-nr|inode-state|file-nr|aio-nr"
    r"|fanotify/.*|quota/.*|binfmt_misc/.*)"
    r"|kernel/(ns_last_pid|tainted|hung_task_detect_count|random/.*|pty/nr"
    r"|sched_domain/.*"
    r"|perf_event_max_sample_rate|perf_cpu_time_max_percent)"
    r"|net/netfilter/nf_conntrack_count|vm/stat_refresh)")
SYS_KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine())
SYS_ADD_KEY = {"x86_64": 248, "aarch64": 217}.get(platform.machine())
KEYCTL_GET_KEYRING_ID = 0
KEY_SPEC_USER_SESSION_KEYRING = -5
# A session keyring without a name of its own stands here for minutes after the
# last process that had it (seen after the unit tests: four of hundreds, gone
# after two to three minutes).
ANONYMOUS_SESSION = "keyring   _ses"
# A key goes some time after its last user.
COLLECTED_WITHIN_MS = int(os.environ.get("KEYS_COLLECTED_WITHIN_MS", 120_000))


def sysctls():
    """Values by path; without those that root cannot read."""
    found = {}
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            path = f"{folder}/{name}"
            if COUNTED.fullmatch(path):
                continue
            try:
                if os.stat(path).st_mode & 0o444:
                    found[path] = Path(path).read_bytes()
            except OSError:
                continue
    return found


def make_own_keyrings():
    """Root's user keyrings come into being when first asked for, and stay."""
    if SYS_KEYCTL is not None:
        ctypes.CDLL(None).syscall(SYS_KEYCTL, KEYCTL_GET_KEYRING_ID,
                                  KEY_SPEC_USER_SESSION_KEYRING, 1)


def keys():
    """What each key is called, by its serial number, with its permissions and
    owner (proc_keys(5)); without anonymous session keyrings."""
    found = {}
    for line in Path("/proc/keys").read_text().splitlines():
        serial, _, _, _, permissions, uid, gid, rest = line.split(None, 7)
        name = rest.rsplit(":", 1)[0]
        if name != ANONYMOUS_SESSION:
            found[serial] = (permissions, uid, gid, name)
    return found


def snapshot(shared=False):
    """On a host that is shared with tests of containers only what none of these
    may change: their keys come and go."""
    found = {"sysctls": sysctls()}
    if not shared:
        make_own_keyrings()
        found["keys"] = keys()
    return found


def wait_for_collector(before, limit_ms=COLLECTED_WITHIN_MS):
    """Returns once there is no key that was not there before, or in time."""
    if "keys" not in before:
        return
    step = 50
    for _ in range(limit_ms // step):
        if keys().keys() <= before["keys"].keys():
            return
        select.select([], [], [], step / 1000)


def changes(before, shared=False):
    """What is another now, a line each, once the collector was waited for. A
    key that is gone is none: those of others are collected at any time."""
    wait_for_collector(before)
    after = snapshot(shared)
    if "keys" in before:
        after["keys"] = {**before["keys"], **after["keys"]}
    return host.differences(before, after)
