"""ci/kernels against an archive of its own: signed with a key made here, with
kernels that are none. apt talks to it as it does to Debian's."""

import gzip
import hashlib
import json
import os
import struct
import select
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

KERNELS = Path(__file__).resolve().parents[1] / "ci/kernels"
ELF = b"\x7fELF and the rest of a kernel"
TABLE = """
expires = ["old"]
[kernel."6.1"]
suites = ["stable"]
package = "linux-image-cloud-amd64"
[kernel.newest]
suites = ["stable", "old"]
package = "linux-image-cloud-amd64"
"""

pytestmark = pytest.mark.fast


def bzimage():
    """The least that has the header of Documentation/x86/boot.rst."""
    payload = gzip.compress(ELF)
    image = bytearray(0x400)
    image[0x1f1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", image, 0x248, 0, len(payload))
    return bytes(image) + payload


class Archive:
    """A Debian archive below `top`; `gpg` is a home with one secret key."""

    def __init__(self, top, gpg):
        self.top = top
        self.gpg = gpg
        self.packages = {}

    def add(self, suite, release, version):
        """A kernel, and the package that stands for the newest."""
        image = f"linux-image-{release}"
        self._deb(suite, image, version, {
            f"boot/vmlinuz-{release}": bzimage(),
            f"boot/config-{release}": b"CONFIG_A=y\n",
            f"lib/modules/{release}/modules.builtin": b"",
            f"lib/modules/{release}/modules.order": b""})
        self._deb(suite, "linux-image-cloud-amd64", version, {},
                  f"Depends: {image} (= {version})\n")
        self.publish(suite)

    def remove(self, suite, release):
        del self.packages[suite][f"linux-image-{release}"]
        for deb in self.top.rglob(f"linux-image-{release}_*.deb"):
            deb.unlink()
        self.publish(suite)

    def _deb(self, suite, name, version, files, more=""):
        tree = self.top / "tree" / name
        control = (f"Package: {name}\nVersion: {version}\n"
                   f"Architecture: amd64\nMaintainer: a <a@b>\n{more}")
        (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
        (tree / "DEBIAN/control").write_text(control + "Description: d\n")
        for path, content in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
        deb = self.top / f"pool/{name}_{version}_amd64.deb"
        deb.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "-Znone", "-b", tree, deb], check=True,
                       capture_output=True)
        content = deb.read_bytes()
        self.packages.setdefault(suite, {})[name] = (
            f"{control}Filename: pool/{deb.name}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
            "Description: d\n")

    def publish(self, suite, more=""):
        """Writes and signs the lists of `suite`."""
        folder = self.top / "dists" / suite
        (folder / "main/binary-amd64").mkdir(parents=True, exist_ok=True)
        listing = "\n".join(self.packages[suite].values()).encode()
        (folder / "main/binary-amd64/Packages").write_bytes(listing)
        release = (
            f"Origin: test\nSuite: {suite}\nCodename: {suite}\n{more}"
            "Date: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: amd64\n"
            f"Components: main\nSHA256:\n "
            f"{hashlib.sha256(listing).hexdigest()} {len(listing)} "
            "main/binary-amd64/Packages\n")
        subprocess.run(["gpg", "--homedir", self.gpg, "--batch", "--yes",
                        "--clearsign", "-o", folder / "InRelease"],
                       input=release.encode(), check=True,
                       capture_output=True)
        end_agent(self.gpg)


def end_agent(home):
    """gpg leaves an agent running; it is gone when this returns, so that no
    test finds it gone that did not start it."""
    said = subprocess.run(
        ["gpg-connect-agent", "--homedir", home, "--no-autostart",
         "getinfo pid", "/bye"], capture_output=True, text=True, check=False)
    for line in said.stdout.splitlines():
        if line.startswith("D "):
            agent = os.pidfd_open(int(line.split()[1]))
            subprocess.run(["gpgconf", "--homedir", home, "--kill",
                            "gpg-agent"], check=True)
            assert select.select([agent], [], [], 30)[0], "it does not end"
            os.close(agent)


@pytest.fixture(scope="module")
def gpg(tmp_path_factory):
    """A home of gpg with a key without a pass phrase, and key.gpg beside."""
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)

    def call(*words):
        subprocess.run(["gpg", "--homedir", home, "--batch", *words],
                       check=True, capture_output=True)

    call("--passphrase", "", "--quick-gen-key", "a <a@b>", "rsa2048", "sign")
    call("-o", home / "key.gpg", "--export")
    (home / "empty.gpg").touch()
    end_agent(home)
    return home


@pytest.fixture
def archive(tmp_path, gpg):
    result = Archive(tmp_path / "archive", gpg)
    result.add("stable", "6.1.0-5-cloud-amd64", "6.1.5-1")
    result.add("old", "5.10.0-9-cloud-amd64", "5.10.9-1")
    return result


@pytest.fixture
def kernels(tmp_path, archive, gpg):
    """kernels("list") runs ci/kernels against `archive`."""
    table = tmp_path / "kernels.toml"
    table.write_text(TABLE)

    def run(*words, keyring="key.gpg", status=0):
        done = subprocess.run(
            [KERNELS, "--table", table, "--keyring", gpg / keyring, *words],
            text=True, capture_output=True, check=False,
            env={"PATH": os.environ["PATH"], "BULKHEAD_DEBIAN":
                 f"copy:{archive.top}", "BULKHEAD_CACHE": str(tmp_path / "c")})
        assert done.returncode == status, done.stdout + done.stderr
        return done

    run.table = table
    run.cache = tmp_path / "c/kernels"
    return run


def expire(cache):
    """What the archive answered before is a day old now."""
    for note in (cache / "resolved").iterdir():
        known = json.loads(note.read_text())
        note.write_text(json.dumps({**known, "time": known["time"] - 86401}))


def test_a_kernel_is_fetched_once_and_found_again(kernels):
    done = kernels("fetch", "6.1")
    assert "to download: 0 MB (6.1.0-5-cloud-amd64)" in done.stderr
    folder = Path(kernels("path", "6.1").stdout.strip())
    assert folder.parent == kernels.cache
    assert (folder / "vmlinux").read_bytes() == ELF
    assert (folder / "config").read_text() == "CONFIG_A=y\n"
    assert (folder / "lib/modules/6.1.0-5-cloud-amd64/modules.dep").exists()
    meta = json.loads((folder / "meta.json").read_text())
    assert (meta["release"], meta["series"]) == ("6.1.0-5-cloud-amd64", "6.1")
    assert meta["digest"] == folder.name == meta["files"][0]["sha256"]
    again = kernels("fetch", "6.1")
    assert "MB" not in again.stderr and str(folder) in again.stdout


def test_the_list_says_what_it_would_cost(kernels):
    before = kernels("list")
    assert "6.1.0-5-cloud-amd64" in before.stdout
    assert before.stdout.count("not cached") == 2
    assert "newest (6.1)" in before.stdout
    assert not (kernels.cache / "keys").exists(), "it fetched"
    kernels("fetch", "6.1")
    assert "not cached" not in kernels("list").stdout


def test_an_unknown_key_is_an_error_that_lists_the_keys(kernels):
    for verb in ("fetch", "path"):
        done = kernels(verb, "4.4", status=1)
        assert "no kernel is called 4.4; there are: 6.1, newest" in done.stderr


def test_a_kernel_that_is_not_here_says_how_to_get_it(kernels):
    assert "ci/kernels fetch 6.1" in kernels("path", "6.1", status=1).stderr


def test_what_nobody_known_has_signed_is_refused(kernels):
    done = kernels("fetch", "6.1", keyring="empty.gpg", status=1)
    assert "not signed" in done.stderr or "NO_PUBKEY" in done.stderr
    assert not (kernels.cache / "keys").exists()


def test_a_signature_that_fails_is_not_mended_from_the_cache(kernels):
    kernels("fetch", "6.1")
    expire(kernels.cache)
    kernels("fetch", "6.1", keyring="empty.gpg", status=1)


def test_a_package_that_was_changed_is_refused(kernels, archive):
    deb = archive.top / "pool/linux-image-6.1.0-5-cloud-amd64_6.1.5-1_amd64.deb"
    content = bytearray(deb.read_bytes())
    content[len(content) // 2] ^= 1
    deb.write_bytes(content)
    done = kernels("fetch", "6.1", status=1)
    assert "Hash Sum mismatch" in done.stderr
    assert not (kernels.cache / "keys").exists()
    assert not list(kernels.cache.glob("*/vmlinux"))


def test_a_release_that_vanished_since_it_was_looked_up_is_replaced(
        kernels, archive):
    kernels("list")
    archive.add("stable", "6.1.0-6-cloud-amd64", "6.1.6-1")
    archive.remove("stable", "6.1.0-5-cloud-amd64")
    done = kernels("fetch", "6.1")
    assert ("6.1.0-5-cloud-amd64 has gone from the archive, "
            "6.1.0-6-cloud-amd64 takes its place") in done.stderr
    assert "6.1.0-6-cloud-amd64" in done.stdout


def test_a_release_that_is_asked_for_counts_as_long_as_it_is_there(
        kernels, archive):
    archive.add("stable", "6.1.0-6-cloud-amd64", "6.1.6-1")
    kernels.table.write_text(TABLE.replace(
        "[kernel.newest]", 'release = "6.1.0-5-cloud-amd64"\n[kernel.newest]'))
    assert "6.1.0-5-cloud" in kernels("fetch", "6.1").stdout
    archive.remove("stable", "6.1.0-5-cloud-amd64")
    expire(kernels.cache)
    done = kernels("fetch", "6.1")
    assert "6.1.0-5-cloud-amd64 has gone" in done.stderr
    assert "6.1.0-6-cloud" in done.stdout


def test_without_a_network_the_cache_serves_and_says_so(kernels, archive):
    folder = kernels("fetch", "6.1").stdout.split()[-1]
    expire(kernels.cache)
    archive.top.rename(archive.top.with_name("away"))
    done = kernels("fetch", "6.1")
    assert "cannot be reached" in done.stderr
    assert "from the cache serves" in done.stderr
    assert done.stdout.split()[-1] == folder
    assert "cached" in kernels("list").stdout
    kernels("fetch", "newest", status=1)


def test_only_a_suite_that_is_known_to_run_out_may_be_out_of_date(
        kernels, archive):
    past = "Valid-Until: Fri, 02 Jan 2026 00:00:00 UTC\n"
    archive.publish("old", past)
    done = kernels("fetch", "newest")
    assert "old (signed, but its date is not enforced" in done.stderr
    archive.publish("stable", past)
    expire(kernels.cache)
    done = kernels("fetch", "newest", status=1)
    assert "stable: " in done.stderr and "expired" in done.stderr


def test_two_at_once_fetch_it_once(kernels):
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: kernels("fetch", "6.1"), range(2)))
    assert both[0].stdout == both[1].stdout
    assert sum("unpacked in" in done.stderr for done in both) == 1


def test_a_table_that_is_none_is_an_error_that_names_it(kernels):
    kernels.table.write_text("kernel = [")
    assert str(kernels.table) in kernels("list", status=1).stderr
