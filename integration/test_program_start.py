"""What `bulkhead run` does not do, or does beside something else: nothing that
only other verbs need is set up, for a preset's filter libseccomp is not asked,
and a time namespace is tried meanwhile."""

import json
import os
import re
import shutil
import struct
import subprocess

import pytest

from conftest import USER, need

pytestmark = pytest.mark.fast

SECTION = struct.Struct("<IIQQQQIIQQ")


def section_bytes(path, name):
    """The size of the section `name` of an ELF file; 0 if it has none."""
    data = open(path, "rb").read()
    (offset,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    sections = [SECTION.unpack_from(data, offset + i * size)
                for i in range(count)]
    start = sections[names][4]
    for section in sections:
        begin = start + section[0]
        if data[begin:data.index(b"\0", begin)] == name.encode():
            return section[5]
    return 0


@pytest.mark.shipped
def test_constructors_of_other_verbs_wait(bulkhead):
    # A handful of the C library's and of the C++ library's own. Late is one
    # for each group of sources that are compiled as one.
    assert section_bytes(bulkhead, ".init_array") <= 16 * 8
    assert section_bytes(bulkhead, "bulkhead_late_init") > 24 * 8


@pytest.fixture
def traced(tmp_path):
    """traced(start, ...) is the log of start(..., prefix=strace)."""

    def trace(start, *words, prefix=(), **others):
        log = tmp_path / "calls"
        start(*words, prefix=["strace", "-f", "-qq", "-o", log, *prefix],
              **others)
        return log.read_text(errors="replace")

    return trace


def calls(log):
    """Names of the system calls of a whole run, the container's included."""
    return [line.split()[1].split("(")[0] for line in log.splitlines()]


def tries(log):
    """Where in it a try of a time namespace begins: a child that shares memory
    and nothing else. It may be killed before it makes a call."""
    return [one.start() for one in re.finditer(r"clone3\(\{flags=CLONE_VM, ",
                                               log)]


def waits(log):
    """Where in it a try is waited for: under strace none stops before."""
    return [one.start() for one in re.finditer(r" wait4\(\d+,", log)]


def test_the_filter_of_a_preset_is_there_already(traced, in_container):
    for preset in ("hardened", "oci"):
        made = calls(traced(in_container, "--preset", preset,
                            command=["true"], check=0))
        assert "memfd_create" not in made  # libseccomp exports into one.
        assert "seccomp" in made


def test_another_filter_is_compiled(tmp_path, traced, run, in_container):
    spec = json.loads(run("spec", "--", "true", check=0).stdout)
    profile = spec["linux"]["seccomp"]
    profile["defaultErrnoRet"] = 77
    own = tmp_path / "profile.json"
    own.write_text(json.dumps(profile))
    assert "memfd_create" in calls(traced(
        in_container, "--seccomp", own, command=["true"], check=0))


@pytest.mark.shipped
def test_a_time_namespace_is_tried_while_libc_is_set_up(traced, in_container):
    log = traced(in_container, command=["true"], check=0)
    made = calls(log)
    assert made.index("clone3") < made.index("brk") < made.index("wait4")
    assert len(tries(log)) == len(waits(log)) == 1


def test_a_time_namespace_is_tried_while_the_host_is_looked_at(
        traced, in_container):
    # What a preset is of, is not known before libc is.
    log = traced(in_container, "--preset", "strict", command=["true"], check=0)
    made = calls(log)
    assert made.index("clone3") < made.index("getgroups") < made.index("wait4")
    assert len(tries(log)) == len(waits(log)) == 1


def test_no_time_namespace_is_tried_that_is_not_wanted(traced, in_container):
    log = traced(in_container, "--timens", "host", command=["true"], check=0)
    assert tries(log) == [] and "clone3" in calls(log)


@pytest.mark.parametrize("written, code", [
    (["--help"], 0),
    (["--memory"], 125),
    (["--memroy", "1M", "--rootfs", "/", "--", "true"], 125),
    (["--rootfs", "/nowhere", "--", "true"], 125),
    (["--start", "nowhere", "--rootfs", "/", "--", "true"], 125),
])
def test_a_try_that_is_not_wanted_is_taken_back(traced, run, written, code):
    log = traced(run, "run", *written, check=code)
    assert len(tries(log)) == len(waits(log)) >= 1


@pytest.mark.parametrize("start", [
    pytest.param((["--userns", "host"], []), id="root"),
    pytest.param((["--prefer", "cgroup"], USER), id="another user"),
])
def test_a_try_is_taken_back_before_the_program_is_run_anew(
        traced, run, rootfs, bulkhead, tmp_path, start):
    # Its next run would not know this child, and leave it beside the container.
    flags, prefix = start
    need(os.geteuid() == 0, "root, to give it up")
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o755)
    own = tmp_path / "bulkhead"
    shutil.copy(bulkhead, own)
    if prefix:
        for path in (own, rootfs):
            shutil.chown(path, 65534, 65534)
    log = traced(run, "run", *flags, "--rootfs", rootfs, "--", "true",
                 prefix=prefix, program=own, check=0)
    first, second = tries(log)
    over, over_again = waits(log)
    assert first < over < log.index(" execveat(") < second < over_again


@pytest.mark.parametrize("written", [
    ["--hostname=a", "--", "hostname"],
    ["--hostname", "a", "--", "hostname"],
    ["--hostname", "a", "hostname"],          # Read by the whole parser,
    ["--env", "-x=1", "--hostname", "a", "--", "hostname"],  # as this is.
])
def test_flags_mean_the_same_however_they_are_written(run, rootfs, written):
    done = run("run", "--rootfs", rootfs, *written, check=0)
    assert done.stdout == "a\n"


def test_a_word_of_the_command_stays_as_it_is(in_container):
    done = in_container(command=["echo", "[a,b]", "--", "--rw"], check=0)
    assert done.stdout == "[a,b] -- --rw\n"


def test_help_and_errors_are_those_of_the_whole_parser(bulkhead, run):
    assert "--rootfs" in run("run", "--help", check=0).stdout
    assert "--memory" in run("run", "--memory", check=125).stderr
    text = subprocess.run([bulkhead, "probes"], check=True, text=True,
                          capture_output=True).stdout
    assert "seccomp/keyrings" in text
