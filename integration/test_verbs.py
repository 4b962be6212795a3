"""The verbs that start nothing, or start what they printed."""

import json
import os
import subprocess

import pytest

pytestmark = pytest.mark.fast


def test_explain_names_steps_boundaries_and_reasons(run, rootfs):
    done = run("explain", "--rootfs", rootfs, "--", "true", check=0)
    for boundary in ("mountns", "pidns", "rootfs", "capabilities", "seccomp",
                     "no_new_privs"):
        assert boundary in done.stdout


def test_explain_starts_nothing(run, rootfs):
    run("explain", "--rw", "--rootfs", rootfs, "--", "touch", "/etc/new",
        check=0)
    assert not (rootfs / "etc/new").exists()


def test_the_explained_script_is_a_shell_script(run, rootfs):
    done = run("explain", "--as", "shell", "--rootfs", rootfs, "--", "true",
               check=0)
    subprocess.run(["sh", "-n"], input=done.stdout, text=True, check=True)
    assert "pivot_root" in done.stdout


# Flags, what to run, and what it must print.
SCRIPTS = {
    "oci": (("--preset", "oci", "--rw"), "echo $$; id -u; pwd; grep CapBnd /proc/self/status",
            ["1", "0", "/", "CapBnd:\t00000000a80425fb"]),
    "everything": (
        ("--hostname", "a-b", "--tmpfs", "/var:size=1M,mode=1777",
         "--sysctl", "net.ipv4.ip_default_ttl=63", "--user", "12:34",
         "--env", "SAID=it's $HOME \"q\"", "--cwd", "/var"),
        "hostname; id -u; id -g; pwd; echo \"$SAID\"; cat /bound/file;"
        "touch /bound/new 2>/dev/null || echo ro; touch here && ls;"
        "cat /proc/sys/net/ipv4/ip_default_ttl",
        ["a-b", "12", "34", "/var", "it's $HOME \"q\"", "bound", "ro", "here",
         "63"]),
    "oci-everything": (
        ("--preset", "oci", "--tmpfs", "/var:mode=1777",
         "--sysctl", "net.ipv4.ip_default_ttl=63", "--user", "12:34",
         "--env", "SAID=x y"),
        "id -u; id -g; echo \"$SAID\"; cat /bound/file;"
        "touch /var/here && ls /var; cat /proc/sys/net/ipv4/ip_default_ttl",
        ["12", "34", "x y", "bound", "here", "63"]),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_explained_script_runs(run, rootfs, tmp_path, name):
    flags, command, printed = SCRIPTS[name]
    source = tmp_path / "source of it"
    source.mkdir()
    source.chmod(0o755)
    (source / "file").write_text("bound\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = run("explain", "--as", "shell", *flags,
                 "--bind", f"{source}:/bound:ro", "--rootfs", rootfs, "--",
                 "sh", "-c", command, check=0).stdout
    done = subprocess.run(["sh"], input=script, text=True, timeout=60,
                          capture_output=True, check=False,
                          env={**os.environ, "TMPDIR": str(temporary)})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == printed
    assert not list(temporary.iterdir())


def test_doctor_answers(run):
    assert run("doctor", check=0).stdout


@pytest.mark.parametrize("preset", ["hardened", "oci", "strict", "none"])
def test_spec_prints_a_config_that_names_an_oci_version(run, preset):
    config = json.loads(run("spec", "--preset", preset, check=0).stdout)
    assert config["ociVersion"].startswith("1.")
    assert config["process"]["args"]


def test_a_printed_spec_runs_as_a_bundle(run, rootfs, tmp_path):
    config = json.loads(run("spec", check=0).stdout)
    config["root"]["path"] = str(rootfs)
    config["process"]["args"] = ["sh", "-c", "echo bundle; exit 3"]
    config["process"]["terminal"] = False
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = run("run", "--bundle", tmp_path, "test-bundle", check=3)
    assert done.stdout == "bundle\n"
