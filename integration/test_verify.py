"""`bulkhead verify` cannot be made green by a subject that runs nothing, and
says what it found in a form that programs can read."""

import fnmatch
import json

import pytest

BOUNDARIES = {
    "pidns", "mountns", "netns", "ipcns", "utsns", "userns", "cgroupns",
    "timens", "rootfs", "devices", "cgroup", "capabilities", "no_new_privs",
    "seccomp", "landlock", "lsm", "rlimits", "fds", "session"}
VERDICTS = {"contained", "escaped", "unsupported", "inconclusive"}
REPORT_FIELDS = {"schema", "machine", "subject", "spec", "records", "summary"}
RECORD_FIELDS = {"probe", "boundary", "verdict", "by", "attempt", "witness",
                 "control", "outside", "evidence", "references", "repeat"}

# Looks like a probe's output, without the key.
LIAR = """#!/bin/sh
cat <<'END'
bhp1 74 0123456789abcdef {"kind":"plan","version":2,"nonce":"0","probes":["pidns/ptrace_host"]}
bhp1 90 0123456789abcdef {"kind":"record","nonce":"0","probe":"pidns/ptrace_host","half":"attempt","outcome":"refused","errno":1,"signal":0,"evidence":""}
bhp1 90 0123456789abcdef {"kind":"record","nonce":"0","probe":"pidns/ptrace_host","half":"witness","outcome":"reached","errno":0,"signal":0,"evidence":""}
bhp1 40 0123456789abcdef {"kind":"end","nonce":"0","records":2}
END
echo "ok 1 - everything is contained"
"""


@pytest.fixture(scope="module")
def own_report(run):
    """The report about bulkhead's own containers on this host."""
    done = run("verify", "--subject", "bulkhead", "--format", "json",
               timeout=240, check=0)
    return json.loads(done.stdout)


def summary_of(done):
    return json.loads(done.stdout)["summary"]


# ---- subjects that isolate nothing -----------------------------------------


@pytest.mark.parametrize("subject", ["/bin/true", "/bin/false"])
def test_a_subject_that_runs_nothing_contains_nothing(run, subject):
    done = run("verify", "--subject", subject, "--format", "json",
               timeout=240, check=3)
    summary = summary_of(done)
    assert summary["contained"] == 0
    assert summary["inconclusive"] > 0


def test_a_subject_that_prints_plausible_records_contains_nothing(
        run, tmp_path):
    liar = tmp_path / "liar"
    liar.write_text(LIAR)
    liar.chmod(0o755)
    done = run("verify", "--subject", liar, "--format", "json",
               timeout=240, check=3)
    assert summary_of(done)["contained"] == 0


# A crun whose container ends while `seccomp/keyrings` is tried.
MORTAL = """#!/bin/sh
crun "$@" | awk '/"probe":"seccomp.keyrings"/ {exit} {print; fflush()}'
"""


def test_a_probe_that_ends_its_container_takes_no_other_with_it(
        run, tmp_path):
    mortal = tmp_path / "mortal"
    mortal.write_text(MORTAL)
    mortal.chmod(0o755)
    done = run("verify", "--subject", mortal, "--boundary", "seccomp",
               "--format", "json", timeout=240, check=3)
    unjudged = [one for one in json.loads(done.stdout)["records"]
                if one["verdict"] == "inconclusive"]
    assert [one["probe"] for one in unjudged] == ["seccomp/keyrings"]
    assert "cut short" in unjudged[0]["evidence"]
    assert summary_of(done)["contained"] > 20


def test_a_subject_that_is_not_there_is_no_verdict(run):
    done = run("verify", "--subject", "/no/such/runtime", "--format", "json",
               timeout=240)
    assert done.returncode in (3, 4)
    assert not done.stdout or summary_of(done)["contained"] == 0


# What a bundle can leave out. Time offsets, descriptors and the session are
# not crun's to give: OCI or crun 1.8 has no word for them.
EXPRESSIBLE = sorted(BOUNDARIES - {"timens", "landlock", "lsm", "fds",
                                   "session"})


@pytest.mark.parametrize("boundary", EXPRESSIBLE)
def test_a_boundary_taken_out_of_a_bundle_escapes_from_crun(run, boundary):
    def escaped(*without):
        done = run("verify", "--subject", "crun", "--boundary", boundary,
                   *without, "--format", "json", timeout=240)
        assert done.returncode in (0, 1), done.stderr
        return {record["probe"] for record in json.loads(done.stdout)["records"]
                if record["verdict"] == "escaped"}

    assert escaped("--without", boundary) > escaped()


def test_a_subject_that_isolates_nothing_escapes(run):
    done = run("verify", "--subject", "none", "--format", "json",
               timeout=240, check=1)
    assert summary_of(done)["escaped"] > 0
    # Its controls are bulkhead's, which say more than those of nobody.
    assert [record["probe"] for record in json.loads(done.stdout)["records"]
            if record["verdict"] == "contained"] == []


def test_a_boundary_taken_out_of_bulkhead_escapes(run, bulkhead):
    subject = (f"{bulkhead} run --unsafe --without seccomp "
               "--rootfs {rootfs} -- {argv}")
    done = run("verify", "--subject", subject, "--boundary", "seccomp",
               "--format", "json", timeout=240, check=1)
    assert summary_of(done)["escaped"] > 0


# ---- bulkhead itself -------------------------------------------------------


def test_bulkhead_contains_on_this_host(own_report):
    summary = own_report["summary"]
    assert summary["escaped"] == 0
    assert summary["inconclusive"] == 0
    assert summary["contained"] > 0


def test_the_report_has_the_fields_it_promises(own_report):
    assert REPORT_FIELDS <= own_report.keys()
    assert own_report["subject"]["name"] == "bulkhead"
    assert own_report["records"]
    for record in own_report["records"]:
        assert RECORD_FIELDS <= record.keys(), record
        assert record["boundary"] in BOUNDARIES
        assert record["probe"].startswith(record["boundary"] + "/")
        assert record["verdict"] in VERDICTS
        assert "bulkhead verify" in record["repeat"]


def test_the_summary_counts_the_records(own_report):
    verdicts = [record["verdict"] for record in own_report["records"]]
    for verdict in VERDICTS:
        assert own_report["summary"][verdict] == verdicts.count(verdict)


def test_no_probe_is_reported_twice(own_report):
    probes = [record["probe"] for record in own_report["records"]]
    assert len(probes) == len(set(probes))


def test_what_is_contained_was_seen_to_escape_in_its_control(own_report):
    def outcome(observation):
        return observation and observation["outcome"]

    for record in own_report["records"]:
        if record["verdict"] == "contained":
            assert outcome(record["attempt"]) == "refused", record["probe"]
            assert outcome(record["witness"]) == "reached", record["probe"]
            assert "reached" in (outcome(record["control"]),
                                 outcome(record["control_outside"])), (
                record["probe"])


# ---- the command line ------------------------------------------------------


@pytest.mark.fast
def test_a_probe_that_does_not_exist_selects_nothing(run):
    run("verify", "--probe", "no-such/*", check=5)


@pytest.mark.fast
@pytest.mark.parametrize("arguments", [
    ["--no-such-flag"], ["--format", "no-such-format"],
    ["--boundary", "no-such-boundary"],
    ["--baseline", "/no/such/baseline"]], ids=" ".join)
def test_wrong_usage_exits_4_with_a_sentence(run, arguments):
    done = run("verify", *arguments, check=4)
    assert done.stdout == ""
    assert done.stderr.startswith(("bulkhead: ", "bulkhead verify: "))
    assert len(done.stderr.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_not_green(run):
    with open("/dev/full", "wb") as full:
        done = run("verify", "--subject", "bulkhead", "--boundary", "utsns",
                   "--format", "json", stdout=full, timeout=240)
    assert done.returncode == 3


def test_a_pipe_gets_no_colours(run):
    done = run("verify", "--subject", "bulkhead", "--boundary", "utsns",
               timeout=240, check=0)
    assert "\x1b" not in done.stdout + done.stderr


def test_what_another_boundary_was_asked_to_contain_is_not_open(run):
    """Nobody asks crun for Landlock, but for a network namespace."""
    def verdict(*flags):
        done = run("verify", "--subject", "crun", "--probe",
                   "landlock/abstract-sockets", *flags, "--format", "json",
                   timeout=240)
        return json.loads(done.stdout)["records"][0]["verdict"]

    assert verdict() == "contained"
    assert verdict("--without", "netns") == "escaped"


# What a shell has no tool for, as the script itself says.
NOT_IN_SH = ("seccomp/*", "session/keyring-private", "userns/*",
             # It mounts by path, and follows the links of a hostile image.
             "rootfs/link*",
             # One group, one user, and what else of a caller survives exec;
             # no flag asks for a score.
             "session/groups-kept", "session/user-not-root",
             "session/oom-score-exact", "session/personality-default",
             "session/priority-default", "session/signals-default",
             # Root without a user namespace reads what the host's root may.
             "rootfs/page-frames",
             # sh closes the descriptors 3 to 9 only.
             "fds/table-clean", "fds/no-*",
             # No flag asks for a period, and which CPUs and disks are asked
             # for is this machine's.
             "cgroup/limits-as-asked", "cgroup/cpuset-*", "cgroup/io-*")


@pytest.fixture
def explained(run, bulkhead, tmp_path):
    """explained(cpus, *flags) tries probes on what a shell builds of `explain
    --as shell`, allowed so many CPUs: the verdict of each."""

    def verdicts(cpus, *flags):
        script = tmp_path / f"explained-{cpus}"
        script.write_text(
            "#!/bin/sh\n"
            "root=$1\n"
            "shift\n"
            f"{bulkhead} explain --as shell --memory 96M --pids 64 "
            f"--cpus {cpus} "
            "--sysctl net.ipv4.ip_default_ttl=63 --cpu-weight 10 --umask 027 "
            "--cwd /fixtures --user 0:10 --env 'BULKHEAD_GIVEN= a=b  c' "
            # As the subjects' spec has them, where the preset leaves them open.
            "--rlimit cpu=36000 --rlimit fsize=1073741824 "
            "--rlimit data=8589934592 --rlimit stack=8388608:67108864 "
            "--rlimit rss=1099511627776 --rlimit as=137438953472 "
            "--rlimit locks=1048576 --rlimit msgqueue=400000 "
            "--rlimit rttime=1000000000 "
            '--rootfs "$root" -- "$@" >"/tmp/script.$$" || exit 125\n'
            'exec sh "/tmp/script.$$"\n')
        script.chmod(0o755)
        done = run("verify", "--subject", f"{script} {{rootfs}} {{argv}}",
                   *flags, "--format", "json", timeout=240)
        return {one["probe"]: one["verdict"]
                for one in json.loads(done.stdout)["records"]}

    return verdicts


def test_the_explained_script_builds_what_it_explains(explained):
    """Its container holds as far as a shell can make it."""
    found = explained(1)
    assert "inconclusive" not in found.values()
    escaped = {name for name, verdict in found.items() if verdict == "escaped"}
    allowed = {name for name in found for glob in NOT_IN_SH
               if fnmatch.fnmatch(name, glob)}
    assert sorted(escaped - allowed) == ["cgroup/cpu-quota"]
    assert {"seccomp/bpf", "userns/own-namespace"} <= escaped


def test_the_explained_script_sets_the_quota_that_is_measured(explained):
    """A tenth of a CPU, with which the shell takes seconds for a container."""
    assert explained(0.1, "--probe", "cgroup/cpu-quota") == {
        "cgroup/cpu-quota": "contained"}
