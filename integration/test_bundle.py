"""`bulkhead verify --bundle`: what the user's own config.json asks for must
hold, what it leaves open is listed as open and is never green."""

import json
import shutil
import subprocess

import pytest

from conftest import need

NAMESPACES = ["pidns", "netns", "ipcns", "utsns", "userns", "cgroupns",
              "timens"]

# A runtime that loses one property on the way to crun.
THIEF = """#!/usr/bin/python3
import json, os, sys
if "--bundle" in sys.argv:
    path = sys.argv[sys.argv.index("--bundle") + 1] + "/config.json"
    with open(path) as file:
        c = json.load(file)
    {loses}
    with open(path, "w") as file:
        json.dump(c, file)
os.execvp("crun", ["crun", *sys.argv[1:]])
"""


def default_of(runtime, directory):
    need(shutil.which(runtime), runtime)
    subprocess.run([runtime, "spec"], cwd=directory, check=True)
    return json.loads((directory / "config.json").read_text())


def write(directory, config):
    directory.mkdir(exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config))
    return directory


@pytest.fixture
def verify(run):
    """verify(bundle, "--subject", "crun") runs it and returns its status and
    its document."""

    def start(bundle, *flags):
        done = run("verify", "--bundle", bundle, *flags, "--format", "json",
                   timeout=240)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    return start


def probes_of(document, verdict):
    return {record["probe"] for record in document["records"]
            if record["verdict"] == verdict}


@pytest.fixture
def oci(run):
    """The config.json of the preset oci."""
    return json.loads(run("spec", "--preset", "oci", check=0).stdout)


@pytest.fixture
def strict(oci):
    """A config that asks for a user, limits, names and the like."""
    config = oci
    config["hostname"] = "box-of-mine"
    config["process"].update({
        "noNewPrivileges": True,
        "user": {"uid": 1000, "gid": 1000, "additionalGids": [2000],
                 "umask": 0o77},
        "capabilities": {},
        "oomScoreAdj": 200,
        "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 512},
                    {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]})
    config["root"]["readonly"] = True
    config["linux"]["resources"].update({
        "memory": {"limit": 64 << 20}, "pids": {"limit": 48},
        "cpu": {"quota": 90000, "period": 100000}})
    config["mounts"].append({
        "destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
        "options": ["nosuid", "nodev", "noexec", "size=8m", "nr_inodes=512"]})
    return config


def nothing():
    return {"ociVersion": "1.0.2", "root": {"path": "rootfs"},
            "process": {"args": ["sh"], "cwd": "/"},
            "mounts": [{"destination": "/proc", "type": "proc",
                        "source": "proc"}],
            "linux": {"namespaces": [{"type": "mount"}]}}


# ---- what a config leaves open ---------------------------------------------


@pytest.mark.parametrize("runtime", ["crun", "runc"])
@pytest.mark.parametrize("subject", ["bulkhead", "the runtime"])
def test_the_default_config_of_a_runtime(verify, tmp_path, runtime, subject):
    default_of(runtime, tmp_path)
    name = runtime if subject == "the runtime" else "bulkhead"
    status, document = verify(tmp_path, "--subject", name)
    assert document["summary"]["inconclusive"] == 0
    escaped = probes_of(document, "escaped")
    if name == "bulkhead":
        assert (status, escaped) == (0, set())
    else:  # What is known of the session that these two pass on.
        # runc before 1.2 adds /dev/net/tun to what a config allows; 1.1.5
        # follows an image's link at /dev (CVE-2026-41579).
        assert escaped <= {"rootfs/mount-flags", "devices/drivers-refused",
                           "rootfs/link-at-dev",
                           # crun hands a directory on, and gives a file that
                           # is standard input to the container's user.
                           "fds/stdin-keeps-owner", "fds/stdin-no-directory",
                           "session/personality-default",
                           "session/priority-default",
                           "session/signals-default",
                           "session/keyring-private", "session/own-session"}
    assert {"pidns/own-namespace", "no_new_privs/set", "rootfs/read-only",
            "capabilities/sets-exact", "rlimits/exact",
            "session/environment-clean"} <= probes_of(document, "contained")
    assert {"seccomp/filter-active", "userns/own-namespace",
            "cgroup/memory-anon", "rlimits/core-zero"} <= probes_of(
                document, "open")
    assert document["bundle"]["directory"] == str(tmp_path)
    assert any(line.startswith("/process/terminal")
               for line in document["bundle"]["not_examined"])


def test_the_preset_oci_is_not_measured_by_the_hardened_one(
        verify, tmp_path, oci):
    status, document = verify(write(tmp_path, oci))
    assert (status, document["summary"]["inconclusive"]) == (0, 0)
    assert {"seccomp/surface", "seccomp/keyrings",
            "capabilities/sets-exact"} <= probes_of(document, "contained")
    assert {"rootfs/read-only", "no_new_privs/set",
            "capabilities/net-raw"} <= probes_of(document, "open")
    assert document["spec"] == oci


def test_the_strict_preset_has_nothing_to_be_masked(run, verify, tmp_path):
    config = json.loads(run("spec", "--preset", "strict", check=0).stdout)
    status, document = verify(write(tmp_path, config))
    summary = document["summary"]
    assert (status, summary["escaped"], summary["inconclusive"]) == (0, 0, 0)
    # What reads /proc/version has nothing to read; the rest holds.
    assert {"pidns/own-namespace", "rootfs/read-only", "rootfs/mount-flags",
            "seccomp/surface", "capabilities/sets-exact"} <= probes_of(
                document, "contained")
    assert not {record["boundary"] for record in document["records"]
                if record["verdict"] == "open"} & {"rootfs", "mountns"}


def test_nothing_asked_for_is_open_and_not_green(verify, tmp_path):
    status, document = verify(write(tmp_path, nothing()))
    assert (status, document["summary"]["inconclusive"]) == (0, 0)
    assert {f"{name}/own-namespace" for name in NAMESPACES} | {
        "seccomp/filter-active", "no_new_privs/set", "rootfs/read-only",
        "rlimits/exact", "capabilities/sets-exact"} <= probes_of(
            document, "open")
    assert document["summary"]["open"] > document["summary"]["contained"]
    for record in document["records"]:
        if record["verdict"] == "contained":
            # Refused by a file system that is not there, not by a namespace.
            assert record["boundary"] not in (
                {*NAMESPACES, "no_new_privs", "rlimits", "seccomp"}
                - {"cgroupns", "userns"}), record


def test_a_config_that_cannot_be_started_gives_no_expectations(run, tmp_path):
    config = nothing()
    config["linux"]["namespaces"] = []
    done = run("verify", "--bundle", write(tmp_path, config), timeout=240,
               check=3)
    assert not done.stdout
    assert "cannot be derived" in done.stderr
    assert "/root/path" in done.stderr


# ---- what a config asks for ------------------------------------------------


@pytest.mark.parametrize("subject", ["bulkhead", "crun", "runc"])
def test_everything_that_is_asked_for_holds(verify, tmp_path, strict, subject):
    need(subject == "bulkhead" or shutil.which(subject), subject)
    _, document = verify(write(tmp_path, strict), "--subject", subject)
    assert document["summary"]["inconclusive"] == 0
    asked = {"session/uid-gid-exact", "session/groups-exact",
             "session/umask-exact", "session/oom-score-exact",
             "utsns/hostname-private", "rlimits/exact",
             "rlimits/nofile-enforced", "rlimits/core-zero",
             "cgroup/limits-as-asked", "cgroup/memory-anon", "cgroup/pids-max",
             "cgroup/cpu-quota", "capabilities/sets-exact", "seccomp/surface",
             "no_new_privs/set", "rootfs/tmpfs-bounded",
             "rootfs/masked-files"}
    assert asked - probes_of(document, "contained") == set()


def test_limits_that_the_config_does_not_set_are_open(
        verify, tmp_path, strict):
    """All of the boundary is asked for but these limits, which the preset
    does not set either."""
    _, document = verify(write(tmp_path, strict), "--probe", "cgroup/cpuset-*",
                         "--probe", "cgroup/io-*", "--probe", "cgroup/hugetlb")
    facts = {"cgroup/cpuset-cpus": "cpuset.cpus",
             "cgroup/cpuset-mems": "cpuset.mems",
             "cgroup/io-read-bps": "io.read_bps", "cgroup/hugetlb": "hugetlb"}
    seen = {record["probe"]: (record["verdict"], record["evidence"])
            for record in document["records"]}
    assert seen.keys() == facts.keys()
    for probe, (verdict, reason) in seen.items():
        assert verdict in ("open", "unsupported"), (probe, reason)
        if verdict == "open":
            assert f"cgroup (no {facts[probe]})" in reason
        else:  # For want of something of the machine's, not of the config's.
            assert "the fact" not in reason, (probe, reason)
    assert seen["cgroup/io-read-bps"][0] == "open"


@pytest.mark.parametrize("subject", ["bulkhead", "crun"])
def test_limits_too_small_for_all_probes_at_once_are_met_alone(
        verify, tmp_path, oci, subject):
    need(subject == "bulkhead" or shutil.which(subject), subject)
    oci["linux"]["resources"]["memory"] = {"limit": 16 << 20}
    _, document = verify(write(tmp_path, oci), "--subject", subject,
                         "--boundary", "seccomp", "--boundary", "rootfs")
    contained = probes_of(document, "contained")
    assert {"seccomp/surface", "rootfs/masked-files"} <= contained


LOSSES = {
    "no_new_privs/set": 'c["process"].pop("noNewPrivileges")',
    "seccomp/surface": 'c["linux"].pop("seccomp")',
    "seccomp/filter-active": 'c["linux"].pop("seccomp")',
    "session/uid-gid-exact": 'c["process"]["user"].update(uid=0, gid=0)',
    "session/groups-exact":
        'c["process"]["user"]["additionalGids"].append(3000)',
    "session/umask-exact": 'c["process"]["user"].pop("umask")',
    "session/oom-score-exact": 'c["process"]["oomScoreAdj"] = 0',
    "utsns/hostname-private": 'c.pop("hostname")',
    "rlimits/exact": 'c["process"].pop("rlimits")',
    "cgroup/pids-max": 'c["linux"]["resources"].pop("pids")',
    "cgroup/limits-as-asked": 'c["linux"]["resources"].pop("memory")',
    "cgroup/cpu-quota": 'c["linux"]["resources"].pop("cpu")',
    "capabilities/sets-exact":
        'c["process"]["capabilities"]["bounding"] = ["CAP_KILL"]',
    "rootfs/read-only": 'c["root"]["readonly"] = False',
    "rootfs/masked-files": 'c["linux"].pop("maskedPaths")',
    "rootfs/tmpfs-bounded": 'c["mounts"][-1]["options"] = ["nodev"]',
    "rootfs/mount-flags": 'c["mounts"][-1]["options"] = ["size=8m"]',
    "netns/own-namespace": 'c["linux"]["namespaces"] = [n for n in '
                           'c["linux"]["namespaces"] '
                           'if n["type"] != "network"]',
}


@pytest.mark.parametrize("probe", LOSSES)
def test_what_a_runtime_loses_on_the_way_has_escaped(
        verify, tmp_path, strict, probe):
    need(shutil.which("crun"), "crun")
    thief = tmp_path / "thief"
    thief.write_text(THIEF.format(loses=LOSSES[probe]))
    thief.chmod(0o755)
    bundle = write(tmp_path / "bundle", strict)
    status, document = verify(bundle, "--probe", probe, "--subject", thief)
    [record] = document["records"]
    assert (status, record["verdict"]) == (1, "escaped"), record
    assert f"--bundle {bundle}" in record["repeat"]


@pytest.mark.parametrize("subject", ["/bin/true", "/bin/false"])
def test_a_subject_that_runs_nothing_is_neither_contained_nor_open(
        verify, tmp_path, oci, subject):
    status, document = verify(write(tmp_path, oci), "--subject", subject)
    assert status == 3
    assert document["summary"]["contained"] == 0
    assert document["summary"]["open"] == 0
    assert document["summary"]["inconclusive"] > 0


# ---- reading ---------------------------------------------------------------


def test_what_is_malformed_is_a_usage_error_with_every_complaint(
        run, tmp_path):
    config = nothing()
    config["process"]["cwd"] = "relative"
    config["linux"]["namespaces"].append({"type": "moon"})
    config["process"]["terminal"] = True
    done = run("verify", "--bundle", write(tmp_path, config), check=4)
    assert "/process/cwd" in done.stderr
    assert "/linux/namespaces/1/type" in done.stderr
    assert "terminal" not in done.stderr


@pytest.mark.parametrize("flags", [["--without", "seccomp"], ["--syscalls"]])
def test_a_bundle_is_not_weakened(run, tmp_path, flags):
    done = run("verify", "--bundle", write(tmp_path, nothing()), *flags,
               check=4)
    assert "--bundle" in done.stderr


def test_what_is_not_implemented_is_given_to_the_subject_and_not_judged(
        verify, tmp_path, oci):
    need(shutil.which("crun"), "crun")
    oci["linux"]["resources"]["memory"] = {"limit": 64 << 20,
                                           "reservation": 32 << 20}
    _, document = verify(write(tmp_path, oci), "--subject", "crun",
                         "--probe", "cgroup/limits-as-asked")
    assert document["summary"]["contained"] == 1
    assert document["spec"] == oci
    assert any(line.startswith("/linux/resources/memory/reservation")
               for line in document["bundle"]["not_examined"])


def test_binds_of_the_host_below_tmp_are_there(verify, tmp_path, oci):
    need(shutil.which("crun"), "crun")
    (tmp_path / "data").mkdir()
    (tmp_path / "file").write_text("x")
    for name in ("data", "file"):
        oci["mounts"].append({"destination": f"/in/{name}", "type": "bind",
                              "source": name, "options": ["rbind", "ro"]})
    status, document = verify(write(tmp_path, oci), "--subject", "crun",
                              "--probe", "rootfs/mount-table-closed",
                              "--probe", "pidns/own-namespace")
    assert (status, document["summary"]["contained"]) == (0, 2)


def test_a_container_with_id_maps_owns_its_tree(verify, tmp_path, oci):
    need(shutil.which("crun"), "crun")
    oci["linux"]["namespaces"].append({"type": "user"})
    ids = [{"containerID": 0, "hostID": 200000, "size": 65536}]
    oci["linux"].update({"uidMappings": ids, "gidMappings": ids})
    for subject in ("crun", "bulkhead"):
        _, document = verify(write(tmp_path, oci), "--subject", subject,
                             "--boundary", "userns")
        assert document["summary"]["inconclusive"] == 0, subject
        assert "userns/own-namespace" in probes_of(document, "contained")


@pytest.mark.parametrize("form", ["tty", "ktap", "junit", "sarif", "markdown",
                                  "openmetrics"])
def test_what_is_open_stands_in_every_report(run, tmp_path, form):
    done = run("verify", "--bundle", write(tmp_path, nothing()), "--probe",
               "seccomp/kcmp", "--format", form, timeout=240, check=0)
    line = next(line for line in done.stdout.splitlines()
                if "kcmp" in line and "open" in line)
    assert "contained" not in line
    if form not in ("openmetrics",):
        assert "Deny kcmp." in done.stdout
