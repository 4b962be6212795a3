"""What `bulkhead run` does not do: nothing that only other verbs need is set
up, and for a preset's filter libseccomp is not asked."""

import json
import struct
import subprocess

import pytest

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


def calls(tmp_path, in_container, *flags):
    """Names of the system calls of a whole run, the container's included."""
    log = tmp_path / "calls"
    in_container(*flags, command=["true"],
                 prefix=["strace", "-f", "-qq", "-o", log], check=0)
    return [line.split()[1].split("(")[0]
            for line in log.read_text(errors="replace").splitlines()]


def test_the_filter_of_a_preset_is_there_already(tmp_path, in_container):
    for preset in ("hardened", "oci"):
        made = calls(tmp_path, in_container, "--preset", preset)
        assert "memfd_create" not in made  # libseccomp exports into one.
        assert "seccomp" in made


def test_another_filter_is_compiled(tmp_path, run, in_container):
    spec = json.loads(run("spec", "--", "true", check=0).stdout)
    profile = spec["linux"]["seccomp"]
    profile["defaultErrnoRet"] = 77
    own = tmp_path / "profile.json"
    own.write_text(json.dumps(profile))
    assert "memfd_create" in calls(tmp_path, in_container, "--seccomp", own)


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
