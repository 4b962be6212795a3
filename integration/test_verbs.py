"""The verbs that start nothing, or start what they printed."""

import json
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


def test_doctor_answers(run):
    assert run("doctor", check=0).stdout


@pytest.mark.parametrize("preset", ["hardened", "oci", "none"])
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
