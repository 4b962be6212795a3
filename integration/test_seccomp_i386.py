"""Profiles of docker's and podman's shape: what a rule says of socket's
arguments, socketcall hides on i386."""

import json

import pytest

ALLOW = "SCMP_ACT_ALLOW"
PROBE = "seccomp/i386-socketcall"


@pytest.fixture
def bundle(run, rootfs, tmp_path):
    """bundle("socketcall") writes a config.json whose profile allows these
    names, and socket but for AF_VSOCK."""

    def write(*named):
        config = json.loads(run("spec", "--preset", "oci", check=0).stdout)
        config["root"]["path"] = str(rootfs)
        config["process"]["args"] = ["/bin/true"]
        profile = config["linux"]["seccomp"]
        for rule in profile["syscalls"]:
            rule["names"] = [name for name in rule["names"]
                             if name not in ("socket", "socketcall")]
        profile["syscalls"] = [rule for rule in profile["syscalls"]
                               if rule["names"]]
        profile["syscalls"].append({
            "names": ["socket"], "action": ALLOW,
            "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]})
        if named:
            profile["syscalls"].append({"names": list(named),
                                        "action": ALLOW})
        profile["architectures"] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]
        (tmp_path / "config.json").write_text(json.dumps(config))
        return tmp_path

    return write


def test_an_entry_that_is_not_named_is_closed_and_said_to_be(run, bundle):
    done = run("explain", "--bundle", bundle(), check=0)
    assert "for i386 programs socketcall is denied" in done.stdout


def test_an_entry_that_is_named_is_open_and_said_to_be(run, bundle):
    done = run("explain", "--bundle", bundle("socketcall"), check=0)
    assert "for i386 programs socketcall is allowed, as asked" in done.stdout


@pytest.mark.parametrize("named, verdict",
                         [((), "contained"), (("socketcall",), "open")])
def test_what_explain_says_is_what_a_probe_meets(run, bundle, i386_entry,
                                                 named, verdict):
    done = run("verify", "--bundle", bundle(*named), "--probe", PROBE,
               "--format", "json", timeout=120,
               check=0 if i386_entry else 3)
    record, = json.loads(done.stdout)["records"]
    assert record["verdict"] == (verdict if i386_entry else "unsupported")
