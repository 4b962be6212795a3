"""Configs that are wrong on purpose, full disks, closed descriptors, a kernel
that refuses: every one ends in 125 and one sentence, and leaves nothing."""

import copy
import json
import os
import subprocess

import pytest

import host
from conftest import need, sentence

pytestmark = pytest.mark.fast


@pytest.fixture
def config(run, rootfs):
    """A config that works, to be broken in one place."""
    result = json.loads(run("spec", check=0).stdout)
    result["root"]["path"] = str(rootfs)
    result["process"]["args"] = ["true"]
    result["process"]["terminal"] = False
    return result


@pytest.fixture
def run_text(run, tmp_path):
    """Runs a bundle whose config.json is this text."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()

    def start(text, name="hostile", **others):
        (bundle / "config.json").write_bytes(
            text if isinstance(text, bytes) else text.encode())
        done = run("run", "--bundle", bundle, name, **others)
        assert os.listdir(bundle) == ["config.json"]
        return done

    return start


def put(config, path, value):
    """`config` with `value` at the dotted `path`."""
    result = copy.deepcopy(config)
    *folders, last = path.split(".")
    place = result
    for folder in folders:
        place = place.setdefault(folder, {})
    place[last] = value
    return json.dumps(result)


def test_the_config_that_is_broken_below_works(run_text, config):
    run_text(json.dumps(config), check=0)


# ---- config.json -----------------------------------------------------------

WRONG = [
    ("ociVersion", 1),
    ("ociVersion", "99.0.0"),
    ("process", []),
    ("process", None),
    ("process.args", "true"),
    ("process.args", []),
    ("process.args", [1]),
    ("process.args", ["true\0hidden"]),
    ("process.cwd", "relative"),
    ("process.env", {"A": "b"}),
    ("process.env", ["A=b\0c"]),
    ("process.user.uid", -1),
    ("process.user.uid", 2**32),
    ("process.user.uid", 1.5),
    ("process.user.uid", "0"),
    ("process.capabilities.bounding", 5),
    ("process.capabilities.bounding", ["CAP_NO_SUCH"]),
    ("process.rlimits", [{"type": "RLIMIT_NO_SUCH", "soft": 1, "hard": 1}]),
    ("process.rlimits", [{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}]),
    ("process.noNewPrivileges", "yes"),
    ("root", None),
    ("root", "rootfs"),
    ("root.path", ""),
    ("root.path", 7),
    ("root.readonly", "false"),
    ("hostname", "x" * 1000),
    ("hostname", ["a"]),
    ("mounts", {"destination": "/proc"}),
    ("mounts", [{"destination": "relative", "type": "tmpfs"}]),
    ("mounts", [{"destination": "/a", "type": "no_such_fs", "source": "a"}]),
    ("mounts", [{"destination": "/a", "type": "tmpfs", "options": ["odd"]}]),
    ("linux.namespaces", [{"type": "no_such"}]),
    ("linux.namespaces", [{"type": "pid"}, {"type": "pid"}]),
    ("linux.namespaces", [{"type": "pid", "path": "/etc/passwd"}]),
    ("linux.resources.memory.limit", "64M"),
    ("linux.resources.pids.limit", 2**70),
    ("linux.cgroupsPath", "/../../escape"),
    ("linux.seccomp.defaultAction", "SCMP_ACT_NO_SUCH"),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
        {"names": "read", "action": "SCMP_ACT_ALLOW"}]}),
    ("linux.maskedPaths", ["relative"]),
    ("linux.sysctl", {"kernel.core_pattern": "|/bin/sh"}),
    ("hooks.prestart", [{"path": "/bin/true"}]),
    ("hooks.createRuntime", [{"path": "/bin/true"}]),
    ("hooks.poststop", [{"path": "/bin/true"}]),
    ("noSuchField", 1),
    ("process.noSuchField", {"a": 1}),
    ("linux.noSuchField", "x"),
]


@pytest.mark.parametrize(
    "path, value", WRONG, ids=[f"{path}={str(value)[:30]!r}"
                               for path, value in WRONG])
def test_a_wrong_field_is_refused(run_text, config, path, value):
    sentence(run_text(put(config, path, value), check=125))


BROKEN_TEXTS = {
    "empty": b"",
    "a number": b"5",
    "a list": b"[]",
    "null": b"null",
    "cut short": b'{"ociVersion": "1.0.2", "process": {"args": [',
    "not UTF-8": b'{"ociVersion": "\xff\xfe"}',
    "binary": bytes(range(256)) * 8,
    "comments": b'{/* a */ "ociVersion": "1.0.2"}',
    "NaN": b'{"ociVersion": NaN}',
    "lists 100000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 100000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN_TEXTS)
def test_a_text_that_is_no_config_is_refused(run_text, name):
    sentence(run_text(BROKEN_TEXTS[name], check=125))


def test_a_config_of_10_mb_is_refused(run_text, config):
    text = put(config, "annotations", {"a": "x" * 10_000_000})
    sentence(run_text(text, check=125))


def test_a_key_that_is_there_twice_is_refused(run_text, config):
    # Parsers differ in which of the two counts.
    text = json.dumps(config).replace(
        '"root": {', '"root": {"readonly": false, "readonly": true, ', 1)
    assert '"readonly": true, ' in text
    sentence(run_text(text, check=125))


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "a/../b",
                                  "/absolute", "a\nb", "x" * 5000])
def test_a_name_that_is_a_path_is_refused(run_text, config, name):
    sentence(run_text(json.dumps(config), name=name, check=125))


def test_a_bundle_without_a_config_is_refused(run, tmp_path):
    sentence(run("run", "--bundle", tmp_path, "hostile", check=125))


def test_a_config_that_is_a_folder_is_refused(run, tmp_path):
    (tmp_path / "config.json").mkdir()
    sentence(run("run", "--bundle", tmp_path, "hostile", check=125))


def test_a_config_that_never_ends_is_refused(run, tmp_path):
    (tmp_path / "config.json").symlink_to("/dev/zero")
    sentence(run("run", "--bundle", tmp_path, "hostile", check=125))


# ---- root file systems -----------------------------------------------------


def test_a_rootfs_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("run", "--rootfs", tmp_path / "file", "--", "true", check=125)
    assert str(tmp_path / "file") in sentence(done)


def test_a_mount_point_that_leads_out_of_the_rootfs_stays_inside(
        in_container, rootfs, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (rootfs / "trap").symlink_to(outside)
    done = in_container("--tmpfs", "/trap", command=["true"])
    if done.returncode:
        assert done.returncode == 125
        sentence(done)
    assert os.listdir(outside) == []


# ---- full disks, closed descriptors ----------------------------------------


def test_a_result_that_cannot_be_written_is_an_error(in_container):
    done = in_container("--result", "/dev/full", command=["true"], check=125)
    assert "No space left on device" in sentence(done)


def test_a_full_disk_below_the_result_is_an_error(run, rootfs, tmp_path):
    script = ("mount -t tmpfs -o size=64k none \"$0\" && "
              "{ head -c 65536 /dev/zero >\"$0/fill\"; } 2>/dev/null; "
              "exec \"$@\"")
    done = run("run", "--rootfs", rootfs, "--result", tmp_path / "result",
               "--", "true", check=125,
               prefix=["unshare", "-m", "sh", "-c", script, tmp_path])
    assert "No space left on device" in sentence(done)


def test_a_full_disk_below_stdout_is_an_error(run):
    with open("/dev/full", "wb") as full:
        sentence(run("spec", stdout=full, check=125))


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_descriptor_is_given_to_no_other_file(
        run, rootfs, tmp_path, closed):
    # A descriptor that the runtime opened itself must not end up as 0, 1, 2.
    names = ('a=$(readlink /proc/1/fd/0); b=$(readlink /proc/1/fd/1); '
             'c=$(readlink /proc/1/fd/2); echo "$a $b $c" >/tmp/seen')
    place = tmp_path / "tmp"
    place.mkdir()
    place.chmod(0o777)
    run("run", "--rootfs", rootfs, "--bind", f"{place}:/tmp:rw", "--",
        "sh", "-c", names, check=0,
        prefix=["sh", "-c", f'exec "$@" {closed}', "sh"])
    seen = (place / "seen").read_text().split()
    assert [name for name in seen
            if not name.startswith(("pipe:", "/dev/null"))] == []


# ---- a kernel that refuses -------------------------------------------------


def test_a_namespace_over_the_limit_is_an_error(run, rootfs):
    # The limit is of the new user namespace only.
    done = run("run", "--prefer", "cgroup", "--rootfs", rootfs, "--", "true",
               check=125, prefix=["unshare", "-Urm", "sh", "-c",
                                  "echo 0 >/proc/sys/user/max_pid_namespaces "
                                  "&& exec \"$@\"", "sh"])
    sentence(done)


def test_a_caller_without_id_maps_gets_an_error(run, rootfs):
    sentence(run("run", "--rootfs", rootfs, "--", "true", check=125,
                 prefix=["unshare", "-U"]))


def test_a_fork_over_the_limit_is_an_error(run, rootfs):
    need(os.geteuid() == 0, "root, to give it up")
    sentence(run("run", "--prefer", "cgroup", "--rootfs", rootfs, "--", "true",
                 check=125,
                 prefix=["setpriv", "--reuid", "65534", "--regid", "65534",
                         "--clear-groups", "prlimit", "--nproc=0"]))


def test_too_few_descriptors_are_an_error(run, rootfs):
    sentence(run("run", "--rootfs", rootfs, "--", "true", check=125,
                 prefix=["prlimit", "--nofile=6"]))


def test_a_runtime_that_is_killed_takes_its_container_with_it(
        bulkhead, run, rootfs):
    with subprocess.Popen(
            [bulkhead, "run", "--rootfs", rootfs, "--", "sh", "-c",
             "echo ready; exec sleep 1000"], stdout=subprocess.PIPE,
            text=True) as running:
        try:
            assert running.stdout.readline() == "ready\n"
        finally:
            running.kill()
        # The workload holds the other end: it reads as ended once it is gone.
        assert running.stdout.read() == ""
    # Nobody is left to remove the cgroups.
    run("gc", check=0)
    assert [folder for folder in host.cgroups()
            if os.path.basename(folder).startswith(f"bulkhead.{running.pid}-")
            ] == []
