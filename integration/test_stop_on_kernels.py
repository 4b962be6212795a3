"""Stop means stop, and one gc leaves nothing, where cgroups are v2: a kernel
without cgroup.kill and one with it, or with --all every kernel there is. What
test_stop.py tries on this host is tried there, for root and for a user to whom
a cgroup was delegated."""

import json

import pytest

from conftest import need
from machine_keys import require
from machine_options import PROGRAM
from machines import kernel, restored, stripped

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

BULKHEAD = "/usr/bin/bulkhead"
HOSTILE = PROGRAM.resolve().parents[1] / "integration/hostile/bulkhead-hostile"
# cgroup.kill came with Linux 5.14: whether it is there is asked, too.
FEW = {"5.10": False, "6.12": True}
KINDS = {
    "ignores TERM": "ignore",
    "fork bomb": "bomb",
    "stopped": "stop",
    "vfork parent": "vfork",
    "daemons": "daemons",
    "much memory": "memory 64",
    "frozen": "ignore",
}

# Everything is said through a pipe that each process of the workload has open:
# its end is that of the last of them. A user's supervisor has a cgroup beside
# the container's, bulkhead.caller-PID, which is not to be frozen.
TRY = r"""
set -eu
rm -f /tmp/said; mkfifo -m 666 /tmp/said
export BULKHEAD_STATE_DIR=/tmp/state
START run --pids 64 --memory 128M --rootfs /srv/root -- \
  /bin/hostile KIND > /tmp/said 2> /tmp/error &
supervisor=$!
exec 3< /tmp/said
read -r word <&3 || { cat /tmp/error >&2; exit 9; }
[ "$word" = ready ]
cgroups=$(find /sys/fs/cgroup -type d -name 'bulkhead*' ! -name '*.caller-*')
[ -n "$cgroups" ]
for cgroup in $cgroups; do
  [ "FROZEN" = no ] || echo 1 > "$cgroup/cgroup.freeze"
done
HOW
cat <&3
exec 3<&-
"""
ASKED = "kill -TERM $supervisor; kill -INT $supervisor; wait $supervisor || :"
KILLED = ("kill -KILL $supervisor; wait $supervisor || :; "
          "GC gc --format json > /tmp/gc")
# What starts the program. A user's supervisor is alone in its cgroup, as in
# a scope of systemd's: a cgroup with processes hands no controller down.
AS_USER = f"start-stop-daemon -S -q -c 1000:1000 -x {BULKHEAD} --"
DELEGATED = "/sys/fs/cgroup/delegated"
PREPARE = {
    "root": "chown -R 524288:524288 /srv/root",
    "user": f"""
echo +memory +pids +cpu > /sys/fs/cgroup/cgroup.subtree_control
mkdir {DELEGATED}
cd {DELEGATED}
chown 1000:1000 . cgroup.procs cgroup.subtree_control cgroup.threads
chown -R 1000:1000 /srv/root
mkdir -m 700 /tmp/state; chown 1000:1000 /tmp/state
echo user:x:1000:1000::/:/bin/sh >> /etc/passwd
echo 'echo $$ > {DELEGATED}/cgroup.procs && exec {AS_USER} "$@"' > /tmp/start
"""}
START = {"root": BULKHEAD, "user": "sh /tmp/start"}
GC = {"root": BULKHEAD, "user": AS_USER}
LEFT = ("find /sys/fs/cgroup -type d -name 'bulkhead*'; "
        "ls /tmp/state; ps | grep '[h]ostile' || :")


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("all_kernels")
    metafunc.parametrize("key", kernel.keys() if every else list(FEW))


@pytest.fixture
def guest(key):
    require(key)
    need(HOSTILE.exists(), f"{HOSTILE}: build it")
    with restored(key, memory_mib=1024) as machine:
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)
        machine.run(["mkdir", "-p", "/srv/root/bin"])
        machine.push("/srv/root/bin/hostile", HOSTILE.read_bytes(), 0o755)
        yield machine


def script(who, how, kind):
    text = TRY.replace("HOW", how)
    for name, value in {"START": START[who], "GC": GC[who],
                        "KIND": KINDS[kind],
                        "FROZEN": "yes" if kind == "frozen" else "no"}.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize("how", [ASKED, KILLED], ids=["asked", "killed"])
@pytest.mark.parametrize("who", START)
def test_every_workload_is_gone(guest, key, who, how):
    # The owner of root outside: a tmpfs takes no idmapped mount before 6.3.
    guest.run(["sh", "-ec", PREPARE[who]], check=0)
    if key in FEW:
        tried = guest.run(["sh", "-c", "mkdir /sys/fs/cgroup/tried && "
                           "ls /sys/fs/cgroup/tried/cgroup.kill"])
        assert (tried.returncode == 0) == FEW[key]
    for kind in KINDS:
        done = guest.run(["sh", "-c", script(who, how, kind)], timeout=60)
        assert (done.returncode, done.stdout) == (0, ""), (kind, done.stderr)
        if how == KILLED:
            report = json.loads(guest.pull("/tmp/gc"))
            assert report["complete"], (kind, report)
        assert guest.run(["sh", "-c", LEFT]).stdout == "", kind
