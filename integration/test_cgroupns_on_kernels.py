"""The cgroups that a container is shown where they are v2: those below the root
of its namespace, also of one that it joins, and the host's of the host's only.
On a host with v1 test_skin.py tries the same."""

import pytest

from machine_keys import pytest_generate_tests, require  # noqa: F401
from machine_options import PROGRAM
from machines import restored, stripped

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

BULKHEAD = "/usr/bin/bulkhead"
# Writes down the tree that a container of its own sees, one that joins the first's
# namespace, and one in the host's.
TRY = r"""
set -eu
mkdir -p /srv/root/bin
cp /bin/busybox /srv/root/bin
tree() {
  bulkhead run --userns host --landlock none "$@" --rootfs /srv/root -- \
    /bin/busybox find /sys/fs/cgroup -type d
}
mkfifo /tmp/said
bulkhead run --userns host --landlock none --rootfs /srv/root -- \
  /bin/busybox sh -c "echo ready; exec /bin/busybox sleep 600" > /tmp/said &
supervisor=$!
read -r word < /tmp/said
[ "$word" = ready ]
pid=$(cat /proc/$supervisor/task/$supervisor/children)
tree > /tmp/own
tree --cgroupns "/proc/${pid% }/ns/cgroup" > /tmp/joined
tree --cgroupns host > /tmp/host
kill -TERM $supervisor; kill -INT $supervisor
wait $supervisor || :
"""


@pytest.fixture
def guest(key):
    require(key)
    with restored(key, memory_mib=1024) as machine:
        machine.push(BULKHEAD, stripped(PROGRAM).read_bytes(), 0o755)
        yield machine


def test_the_root_of_the_joined_namespace_is_shown(guest):
    done = guest.run(["sh", "-c", TRY])
    assert (done.returncode, done.stderr) == (0, "")
    own, joined, host = (guest.pull(f"/tmp/{name}").decode().splitlines()
                         for name in ("own", "joined", "host"))
    assert own == joined == ["/sys/fs/cgroup"]
    assert any("/bulkhead" in path for path in host)
