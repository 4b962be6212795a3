"""Asks the Debian archive which files a kernel consists of. apt does the
talking and the verifying, with a state, configuration and lists of its own:
nothing of the host's apt is changed, only its mirror and proxies are read."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from linux import KernelError, Unreachable, Untrusted

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
APT_HELPER = "/usr/lib/apt/apt-helper"
# What apt says when it was the signature, not the network.
UNTRUSTED = re.compile(
    r"NO_PUBKEY|not signed|BADSIG|EXPKEYSIG|REVKEYSIG|expired|"
    r"Hash Sum mismatch|couldn't be verified|not valid yet", re.IGNORECASE)


def _host_apt(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True,
                          text=True).stdout.splitlines()


def mirror(suite):
    """The URI that the host itself uses for Debian, or for its security
    updates when `suite` is one."""
    security = suite.endswith("-security")
    name = "BULKHEAD_DEBIAN_SECURITY" if security else "BULKHEAD_DEBIAN"
    if os.environ.get(name):
        return os.environ[name]
    codename = re.search(r"^VERSION_CODENAME=(\w+)", Path(
        "/etc/os-release").read_text(), re.MULTILINE)
    wanted = (codename[1] if codename else "") + "-security" * security
    for line in _host_apt("apt-get", "indextargets", "--format",
                          "$(REPO_URI) $(RELEASE) $(COMPONENT)",
                          "Created-By: Packages"):
        uri, release, component = line.split()
        if (release, component) == (wanted, "main"):
            return uri
    raise KernelError(
        f"the host's apt sources name no mirror of {wanted or 'Debian'}: "
        f"set {name}=URI, for example {name}=http://deb.debian.org/debian"
        + "-security" * security)


def proxies():
    """The lines of the host's apt configuration that say how to get out."""
    return [line for line in _host_apt("apt-config", "dump")
            if re.match(r"Acquire::\w+::(Proxy|Verify|CaInfo)", line)]


class Archive:
    """One suite, in a private apt state below a folder of its own that goes
    away with it: the lists are kept no longer than it takes to read them."""

    def __init__(self, suite, expires=False, keyring=KEYRING,
                 architecture="amd64"):
        self.suite = suite
        self._folder = tempfile.TemporaryDirectory(prefix="kernels-apt-")
        top = Path(self._folder.name)
        for name in ("state/lists/partial", "cache/archives/partial", "log"):
            (top / name).mkdir(parents=True)
        (top / "status").touch()
        options = (f"arch={architecture} signed-by={keyring} "
                   "targets=Packages lang=none")
        if expires:
            options += " check-valid-until=no"
        (top / "sources.list").write_text(
            f"deb [{options}] {mirror(suite)} {suite} main\n")
        (top / "apt.conf").write_text(_configuration(top, architecture))
        self._env = {"PATH": os.environ["PATH"], "LC_ALL": "C",
                     "APT_CONFIG": str(top / "apt.conf")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def _apt(self, *command):
        return subprocess.run(command, env=self._env, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def update(self):
        """Fetches and verifies the list of the suite."""
        done = self._apt("apt-get", "update", "-q",
                         "-o", "APT::Update::Error-Mode=any")
        if done.returncode == 0:
            return
        said = "; ".join(line[2:].strip() for line in done.stderr.splitlines()
                         if line[:2] in ("E:", "W:")) or done.stderr.strip()
        kind = Untrusted if UNTRUSTED.search(said) else Unreachable
        raise kind(f"suite {self.suite}: {said}")

    def fields(self, package):
        """The newest paragraph about `package` by field; None without one."""
        done = self._apt("apt-cache", "show", "--no-all-versions", package)
        found = re.findall(r"^([\w-]+): (.*)$", done.stdout, re.MULTILINE)
        return dict(found) if done.returncode == 0 and found else None

    def image(self, package, release=None):
        """The image that `package` stands for: its release, version and
        files. With `release` that very image if the archive still has it."""
        if release:
            fields = self.fields(f"linux-image-{release}")
        if not release or fields is None:
            meta = self.fields(package)
            if meta is None:
                raise KernelError(f"suite {self.suite} has no {package}")
            name = re.search(r"linux-image-(\d[^ ,]*)", meta.get("Depends", ""))
            if not name:
                raise KernelError(f"{package} of {self.suite} depends on no "
                                  f"image: {meta.get('Depends')}")
            release = name[1]
            fields = self.fields(f"linux-image-{release}")
        packages = self._parts(f"linux-image-{release}", release)
        return {"suite": self.suite, "package": f"linux-image-{release}",
                "release": release, "version": fields["Version"],
                "files": self._files(packages)}

    def _parts(self, package, release):
        """`package` and what it depends on that is of this release alone:
        from 7.2 on image, modules and config are packages of their own."""
        found, pending = [], [package]
        while pending:
            name = pending.pop()
            fields = self.fields(name)
            if name in found or fields is None:
                continue
            found.append(name)
            pending += re.findall(rf"(linux-\w+-{re.escape(release)})\b",
                                  fields.get("Depends", ""))
        return found

    def closure(self, packages):
        """The files of `packages` and of all that they depend on."""
        done = self._apt("apt-get", "install", "--print-uris", "--yes", "-q",
                         "--no-install-recommends", *packages)
        names = re.findall(r"^'[^']+' ([^_ ]+)_\S+ \d+", done.stdout,
                           re.MULTILINE)
        if done.returncode or not names:
            raise KernelError(f"suite {self.suite} does not have all of "
                              f"{' '.join(packages)}: {done.stderr.strip()}")
        return self._files(names)

    def files(self, packages):
        """Where these packages alone are, without what they depend on."""
        return self._files(packages)

    def _files(self, packages):
        done = self._apt("apt-get", "download", "--print-uris", *packages)
        found = re.findall(r"^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$",
                           done.stdout, re.MULTILINE)
        if done.returncode or len(found) != len(packages):
            raise KernelError(f"suite {self.suite} does not say where "
                              f"{' '.join(packages)} are: {done.stderr.strip()}"
                              f"{done.stdout.strip()}")
        return [{"uri": uri, "name": name, "size": int(size), "sha256": digest}
                for uri, name, size, digest in sorted(found)]


def _configuration(top, architecture="amd64"):
    return "\n".join(proxies() + [
        f'Dir::State "{top}/state";', f'Dir::State::status "{top}/status";',
        f'Dir::Cache "{top}/cache";', f'Dir::Log "{top}/log";',
        f'Dir::Etc::sourcelist "{top}/sources.list";',
        'Dir::Etc::sourceparts "/dev/null";', 'Dir::Etc::main "/dev/null";',
        'Dir::Etc::parts "/dev/null";', 'Dir::Etc::trusted "/dev/null";',
        'Dir::Etc::trustedparts "/dev/null";',
        'Dir::Etc::preferences "/dev/null";',
        'Dir::Etc::preferencesparts "/dev/null";',
        f'APT::Architecture "{architecture}";',
        f'APT::Architectures {{ "{architecture}"; }};',
        'APT::Sandbox::User "root";', 'Acquire::Languages "none";',
        'Acquire::GzipIndexes "true";', 'Acquire::Retries "2";',
        'APT::Get::AllowUnauthenticated "false";',
        'Acquire::AllowInsecureRepositories "false";', ""])


def download(file, folder):
    """Fetches one file of an image into `folder`; apt checks its hash."""
    target = Path(folder) / file["name"].replace("/", "_")
    conf = Path(folder) / "apt.conf"
    conf.write_text(_configuration(folder))
    done = subprocess.run(
        [APT_HELPER, "-q", "download-file", file["uri"], target,
         f"SHA256:{file['sha256']}"], check=False, text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "APT_CONFIG": conf},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return target
    said = "; ".join(line[2:].strip() for line in done.stdout.splitlines()
                     if line.startswith("E:")) or done.stdout.strip()
    kind = Untrusted if UNTRUSTED.search(said) else Unreachable
    raise kind(f"{file['uri']}: {said}")


def is_newer(one, other):
    """Compares versions the way Debian does."""
    return subprocess.run(["dpkg", "--compare-versions", one, "gt", other],
                          check=False).returncode == 0


def missing_tools():
    """The programs this needs and does not find."""
    return [tool for tool in ("apt-get", "apt-cache", "dpkg-deb", "depmod",
                              "zstd", "lz4", "xz")
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin")]
