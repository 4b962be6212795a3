"""Whatever a runtime loses of a bundle, one probe at least says so. The runtime
is crun or runc behind a script that strips one property (stripping.py); where
the same script strips nothing, the probe does not say it."""

import json
import os
import re
import resource
from pathlib import Path

import pytest

from conftest import need
from stripping import (ALL_SETS, bind_of_the_host, capabilities, mount,
                       namespace, write_wrapper)

RUNTIMES = ("crun", "runc")
USER_NAMESPACE = namespace("user", {"at": ["linux", "uidMappings"]},
                           {"at": ["linux", "gidMappings"]})

# What is stripped: the edits, and the probes that may notice.
PROPERTIES = {
    "namespace-pid": (
        namespace("pid", bind_of_the_host("/proc")), ["pidns/*"]),
    "namespace-mount": (
        namespace("mount") + USER_NAMESPACE, ["mountns/*"]),
    "namespace-network": (
        namespace("network", bind_of_the_host("/sys", "ro"),
                  {"at": ["linux", "sysctl"]}), ["netns/*"]),
    "namespace-ipc": (
        namespace("ipc", bind_of_the_host("/dev/mqueue")), ["ipcns/*"]),
    "namespace-uts": (
        namespace("uts", {"at": ["hostname"]}, {"at": ["domainname"]}),
        ["utsns/*"]),
    "namespace-user": (USER_NAMESPACE, ["userns/*"]),
    "namespace-cgroup": (
        namespace("cgroup", bind_of_the_host("/sys/fs/cgroup", "ro")),
        ["cgroupns/*"]),
    "namespace-time": (
        namespace("time", {"at": ["linux", "timeOffsets"]}),
        ["timens/own-namespace"]),
    "hostname": ([{"at": ["hostname"]}], ["utsns/hostname-private"]),
    "domainname": ([{"at": ["domainname"]}], ["utsns/domainname-private"]),
    "seccomp": ([{"at": ["linux", "seccomp"]}], ["seccomp/kcmp"]),
    "no_new_privs": ([{"at": ["process", "noNewPrivileges"]}],
                     ["no_new_privs/*"]),
    "capabilities": (capabilities(*ALL_SETS), ["capabilities/*exact",
                                               "capabilities/net-raw"]),
    "capabilities-bounding": (capabilities("bounding"),
                              ["capabilities/sets-exact"]),
    "capabilities-permitted": (capabilities("bounding", "permitted"),
                               ["capabilities/sets-exact"]),
    "capabilities-inheritable": (
        capabilities("bounding", "permitted", "inheritable"),
        ["capabilities/inheritable-empty"]),
    "capabilities-ambient": (
        capabilities(*ALL_SETS, "inheritable", "ambient"),
        ["capabilities/ambient-empty"]),
    "masked-paths": ([{"at": ["linux", "maskedPaths"]}],
                     ["rootfs/mask*", "rootfs/side-channels"]),
    "readonly-paths": ([{"at": ["linux", "readonlyPaths"]}],
                       ["rootfs/*writable-scan", "rootfs/core-pattern"]),
    "root-read-only": ([{"at": ["root", "readonly"], "to": False}],
                       ["rootfs/read-only"]),
    "memory": ([{"at": ["linux", "resources", "memory"]}],
               ["cgroup/memory-anon", "cgroup/limits-as-asked"]),
    "swap": ([{"at": ["linux", "resources", "memory", "swap"]}],
             ["cgroup/limits-as-asked"]),
    "pids": ([{"at": ["linux", "resources", "pids"]}],
             ["cgroup/pids-max", "cgroup/limits-as-asked"]),
    "cpu-quota": ([{"at": ["linux", "resources", "cpu", "quota"]}],
                  ["cgroup/limits-as-asked"]),
    "cpu-weight": ([{"at": ["linux", "resources", "cpu", "shares"]}],
                   ["cgroup/limits-as-asked"]),
    "cpuset-cpus": ([{"at": ["linux", "resources", "cpu", "cpus"]}],
                    ["cgroup/cpuset-cpus", "cgroup/limits-as-asked"]),
    "cpuset-mems": ([{"at": ["linux", "resources", "cpu", "mems"]}],
                    ["cgroup/cpuset-mems", "cgroup/limits-as-asked"]),
    "disks": ([{"at": ["linux", "resources", "blockIO"]}],
              ["cgroup/io-read-bps"]),
    "huge-pages": ([{"at": ["linux", "resources", "hugepageLimits"]}],
                   ["cgroup/hugetlb"]),
    "devices": ([{"at": ["linux", "resources", "devices", {"allow": False}],
                  "to": {"allow": True, "access": "rwm"}}],
                ["devices/open-refused", "devices/drivers-refused"]),
    # One probe only has a container of another user than root.
    "user": ([{"at": ["process", "user", "uid"], "to": 0, "maybe": True}],
             ["session/user-not-root"]),
    "group": ([{"at": ["process", "user", "gid"], "to": 0}],
              ["session/uid-gid-exact"]),
    "additional-groups": ([{"at": ["process", "user", "additionalGids"]}],
                          ["session/groups-kept"]),
    "umask": ([{"at": ["process", "user", "umask"]}],
              ["session/umask-exact"]),
    "sysctl": ([{"at": ["linux", "sysctl"]}], ["netns/sysctl-exact"]),
    "oom-score": ([{"at": ["process", "oomScoreAdj"]}],
                  ["session/oom-score-exact"]),
    "environment": ([{"at": ["process", "env", "BULKHEAD_GIVEN=*"]}],
                    ["session/environment-exact"]),
    "environment-value": ([{"at": ["process", "env", "BULKHEAD_GIVEN=*"],
                            "to": "BULKHEAD_GIVEN=a=b c"}],
                          ["session/environment-exact"]),
    "cwd": ([{"at": ["process", "cwd"], "to": "/"}], ["session/cwd-exact"]),
    # A bind is as private as the root it is made below.
    "propagation": ([{"at": mount("/mnt", "options", "rprivate"),
                      "to": "rslave"},
                     {"at": ["linux", "rootfsPropagation"], "to": "rslave"}],
                    ["mountns/propagation-in"]),
    "mount-/mnt-rro": ([{"at": mount("/mnt", "options", "rro")}],
                       ["rootfs/bind-submounts-read-only"]),
    "mount-/mnt-ro": ([{"at": mount("/mnt", "options", "rro")},
                       {"at": mount("/mnt", "options", "ro")}],
                      ["rootfs/bind-read-only"]),
    "mount-/dev/pts-max": ([{"at": mount("/dev/pts", "options", "max=*")}],
                           ["devices/pts-bounded"]),
}

ALL_FLAGS = ("nosuid", "nodev", "noexec")
FLAGS = {"/dev": ("nosuid",), "/proc": ALL_FLAGS,
         "/dev/pts": ("nosuid", "noexec"), "/dev/shm": ALL_FLAGS,
         "/dev/mqueue": ALL_FLAGS, "/sys": ("ro", *ALL_FLAGS),
         "/sys/fs/cgroup": ("ro", *ALL_FLAGS), "/tmp": ALL_FLAGS,
         "/run": ALL_FLAGS, "/mnt": ("nosuid", "nodev")}
BOUNDS = {"/dev": ("size",), "/dev/shm": ("size", "nr_inodes"),
          "/tmp": ("size", "nr_inodes"), "/run": ("size", "nr_inodes")}
RLIMITS = ("AS", "CORE", "CPU", "DATA", "FSIZE", "LOCKS", "MEMLOCK",
           "MSGQUEUE", "NICE", "NOFILE", "NPROC", "RSS", "RTPRIO", "RTTIME",
           "SIGPENDING", "STACK")
MASKED = ("/proc/acpi", "/proc/keys", "/proc/timer_list", "/proc/interrupts",
          "/proc/key-users", "/sys/firmware", "/sys/devices/virtual/powercap",
          "/proc/asound", "/proc/kcore", "/proc/latency_stats",
          "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
          "/proc/pressure")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
             "/proc/sysrq-trigger")

for where, flags in FLAGS.items():
    for flag in flags:
        PROPERTIES.setdefault(f"mount-{where}-{flag}", (
            [{"at": mount(where, "options", flag)}], ["rootfs/mount-flags"]))
# The user namespace would keep the flags of what is bound.
for flag in FLAGS["/mnt"]:
    PROPERTIES[f"mount-/mnt-{flag}"][0].extend(USER_NAMESPACE)
for where, bounds in BOUNDS.items():
    for bound in bounds:
        PROPERTIES[f"mount-{where}-{bound}"] = (
            [{"at": mount(where, "options", f"{bound}=*")}],
            ["rootfs/tmpfs-bounded"])
for name in RLIMITS:
    PROPERTIES[f"rlimit-{name}"] = (
        [{"at": ["process", "rlimits", {"type": f"RLIMIT_{name}"}]}],
        ["rlimits/exact"])
for where in MASKED:
    PROPERTIES[f"masked-{where}"] = (
        [{"at": ["linux", "maskedPaths", where]}],
        ["rootfs/mask*", "rootfs/cover-flags"])
for where in READ_ONLY:
    PROPERTIES[f"read-only-{where}"] = (
        [{"at": ["linux", "readonlyPaths", where]}], ["rootfs/cover-flags"])

# Where a runtime does the same without being asked.
SAME_WITHOUT = {
    ("crun", "mount-/mnt-rro"),  # Its "ro" covers what is mounted below, too.
    # The tmpfs above the hierarchies of v1 is its own.
    *(("runc", f"mount-/sys/fs/cgroup-{flag}") for flag in ALL_FLAGS),
}


def ways(record):
    """What got through: of a probe that tries several ways, each of them."""
    evidence = record["attempt"]["evidence"]
    several = re.match(r"reached \d+ of \d+: (.*?)(; refused|; absent|$)",
                       evidence)
    if not several:
        return {record["probe"]}
    return {f'{record["probe"]}: {way.removesuffix(")")}'
            for way in several[1].split("), ")}


def escapes(run, wrapper, globs):
    arguments = [word for glob in globs for word in ("--probe", glob)]
    done = run("verify", "--subject", wrapper, *arguments, "--format", "json",
               timeout=120)
    assert done.returncode in (0, 1), f"{done.stdout}\n{done.stderr}"
    report = json.loads(done.stdout)
    found = set()
    for record in report["records"]:
        if record["verdict"] == "escaped":
            found |= ways(record) if record["attempt"] else {record["probe"]}
    return found, report


@pytest.fixture(scope="module", params=RUNTIMES)
def baseline(request, run, tmp_path_factory):
    """The runtime behind the script that strips nothing: its own findings."""
    runtime = request.param
    need(any(os.access(f"{folder}/{runtime}", os.X_OK)
             for folder in os.environ["PATH"].split(":")), runtime)
    wrapper = write_wrapper(tmp_path_factory.mktemp(runtime) / runtime,
                            runtime, [])
    globs = sorted({glob for _, globs in PROPERTIES.values()
                    for glob in globs})
    found, report = escapes(run, wrapper, globs)
    return {"runtime": runtime, "escapes": found, "report": report}


def may_raise_limits():
    """CAP_SYS_RESOURCE."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"CapEff:\s*(\w+)", status)[1], 16) >> 24 & 1


def lost_anyway(name, baseline):
    """What the runtime drops although it is asked for: a flag of a mount, or
    all that one probe looks at."""
    probes = PROPERTIES[name][1]
    if len(probes) == 1 and probes[0] in baseline["escapes"]:
        return True
    _, where, flag = (name.split("-") + ["", ""])[:3]
    return any(way.startswith(f"rootfs/mount-flags: {where} (lacks") and
               flag in way.split() for way in baseline["escapes"])


def lacking(name, baseline):
    """Why this property cannot be stripped here; empty if it can."""
    kind, _, path = name.partition("-/")
    if kind in ("masked", "read-only") and not os.path.exists("/" + path):
        return f"this kernel has no /{path}"
    if (baseline["runtime"], name) == ("runc", "namespace-mount"):
        return "runc does not start without a mount namespace"
    if name in ("rlimit-NICE", "rlimit-RTPRIO"):
        limit = getattr(resource, f'RLIMIT_{name.removeprefix("rlimit-")}')
        if resource.getrlimit(limit)[1] == 0 and not may_raise_limits():
            return "the caller's own limit is no higher"
    resources = baseline["report"]["spec"]["linux"]["resources"]
    if (name in ("cpuset-cpus", "cpuset-mems") and
            name.removeprefix("cpuset-") not in resources.get("cpu", {})):
        return "there is one only, or no such controller"
    if name == "disks" and "blockIO" not in resources:
        return "no disk, or no such controller"
    if name == "huge-pages" and "hugepageLimits" not in resources:
        return "no huge pages, or no such controller"
    if name == "namespace-time" and any(
            "time namespace" in lack
            for lack in baseline["report"]["subject"]["not_offered"]):
        return "the runtime has no time namespace"
    return ""


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_stripped_property_is_noticed(run, tmp_path, baseline, name):
    if why := lacking(name, baseline):
        pytest.skip(why)
    edits, globs = PROPERTIES[name]
    wrapper = write_wrapper(tmp_path / baseline["runtime"],
                            baseline["runtime"], edits)
    found, _ = escapes(run, wrapper, globs)
    noticed = bool(found - baseline["escapes"])
    if (baseline["runtime"], name) in SAME_WITHOUT:
        assert not noticed, "it is not the same without: say so"
    else:
        assert noticed or lost_anyway(name, baseline), (
            f"nobody notices; without stripping: {baseline['escapes']}")


def test_all_that_the_spec_asks_for_is_stripped(baseline):
    """A list of mounts, limits or paths that grows must grow here too."""
    spec = baseline["report"]["spec"]
    flags, bounds = {}, {}
    for one in spec["mounts"]:
        flags[one["destination"]] = {
            option for option in one["options"]
            if option in ("ro", *ALL_FLAGS)}
        sizes = {option.split("=")[0] for option in one["options"]
                 if option.startswith(("size=", "nr_inodes="))}
        if sizes:
            bounds[one["destination"]] = sizes
    assert {where: set(names) for where, names in BOUNDS.items()} == bounds
    assert {where: set(names) | ({"ro"} if where == "/mnt" else set())
            for where, names in FLAGS.items()} == flags
    assert {f"RLIMIT_{name}" for name in RLIMITS} == {
        limit["type"] for limit in spec["process"]["rlimits"]}
    # One more for each CPU of a machine that tells its temperature.
    masked = {path for path in spec["linux"]["maskedPaths"]
              if "thermal_throttle" not in path}
    assert set(MASKED) == masked
    assert set(READ_ONLY) == set(spec["linux"]["readonlyPaths"])
    assert {name.removeprefix("namespace-") for name in PROPERTIES
            if name.startswith("namespace-")} == {
        one["type"] for one in spec["linux"]["namespaces"]}
