"""The program as it is met on each machine (--machine): what holds on this
host holds on every kernel."""

import json

import pytest

CAP_SYS_RESOURCE = 24


def test_doctor_answers(machine):
    done = machine.run(["bulkhead", "doctor"], timeout=120)
    assert "userns" in done.stdout, done.stderr


@pytest.mark.timeout(900)
def test_what_an_empty_rule_book_lets_through_is_seen_as_escaped(machine):
    """The red twin of the next test, by the bluntest runtime there is."""
    done = machine.run(["bulkhead", "verify", "--subject", "none", "--probe",
                        "pidns/*", "--format", "json"], timeout=800)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["summary"]["escaped"] > 0


@pytest.mark.timeout(900)
def test_bulkhead_holds(machine):
    done = machine.run(["bulkhead", "verify", "--probe", "pidns/*", "--probe",
                        "rootfs/*", "--format", "json"], timeout=800)
    summary = json.loads(done.stdout)["summary"]
    assert (done.returncode, summary["escaped"], summary["inconclusive"]) == (
        0, 0, 0), [record for record in json.loads(done.stdout)["records"]
                   if record["verdict"] in ("escaped", "inconclusive")]
    assert summary["contained"] > 20


# As low as what the spec asks for, or lower; sudo(8) sets the first.
LOW_LIMITS = {"c": 0, "s": 8 << 10, "f": 2 << 20, "d": 1 << 20, "v": 64 << 20}


@pytest.mark.timeout(900)
def test_a_callers_own_limits_are_none_of_the_containers(machine):
    """Raised where the caller may, else said: no control is blind for them."""
    lower = "; ".join(f"ulimit -{letter} {value}"
                      for letter, value in LOW_LIMITS.items())
    done = machine.run(["sh", "-ec", f"""{lower}
grep CapEff /proc/self/status >&2
exec bulkhead verify --boundary rlimits --format json"""], timeout=800)
    assert done.returncode == 0, done.stdout
    reasons = {record["probe"].removeprefix("rlimits/"): record["evidence"]
               for record in json.loads(done.stdout)["records"]
               if record["verdict"] != "contained"}
    limited = {"core-zero", "stack", "fsize", "data", "as"} & set(reasons)
    may_raise = int(done.stderr.split()[1], 16) >> CAP_SYS_RESOURCE & 1
    assert not (limited and may_raise), reasons
    assert [reasons[name] for name in limited
            if "the caller's own limit is no higher" not in reasons[name]] == []


@pytest.mark.timeout(900)
def test_every_benchmark_runs_confined(machine):
    """The times of an emulated machine say nothing; that each way to start a
    container is measured on this kernel does."""
    done = machine.run(["bulkhead", "bench", "--quick", "--format", "json"],
                       timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    groups = {group["name"]: group for group in
              json.loads(done.stdout)["groups"]}
    assert {"floor", "steps", "start", "peers", "scale/live"} <= set(groups)
