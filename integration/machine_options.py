"""pytest's view of machines: which one a test runs on, how fresh it is, what
is kept of it, and that a machine that failed is not a test that failed."""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

INFRASTRUCTURE = 3  # the exit status when nothing but machines failed
ROOT = Path(__file__).resolve().parents[1]
KEPT = pytest.StashKey()
HOST = "host"
PROGRAM = Path(os.environ.get("BULKHEAD", ROOT / "build/dev/cli/bulkhead"))


def pytest_addoption(parser):
    group = parser.getgroup("machines")
    group.addoption(
        "--machine", action="append", metavar="host|KEY", default=[],
        help="where tests run that take a machine: this host, or a kernel of "
             "ci/kernels.toml (repeatable; default: host)")
    group.addoption(
        "--fresh", choices=["test", "group", "kernel"], default="test",
        help="a fresh machine for each test (default), each file or each "
             "kernel")
    group.addoption(
        "--keep", action="store_true",
        help="keep the files and the console log of each machine")
    group.addoption(
        "--all", action="store_true", dest="all_kernels",
        help="every machine of the matrix, kernels that are not fetched yet, "
             "and all that the other tests on kernels can try")


def pytest_configure(config):
    config.stash[KEPT] = Keeper(config)
    wanted = [key for key in config.getoption("--machine") if key != HOST]
    if wanted:
        from machines import kernel
        unknown = set(wanted) - set(kernel.keys())
        if unknown:
            raise pytest.UsageError(
                f"--machine {', '.join(sorted(unknown))}: there are "
                f"{HOST}, {', '.join(kernel.keys())}")


def pytest_generate_tests(metafunc):
    if "machine" in metafunc.fixturenames:
        keys = metafunc.config.getoption("--machine") or [HOST]
        metafunc.parametrize("machine", [
            pytest.param(key, id=key, marks=[] if key == HOST else [
                pytest.mark.machine]) for key in keys], indirect=True)


# Where tests write: all but the programs, which are no news, and what the
# kernel makes up. Words that every tar understands.
PACK = """cd / || exit
set --
for folder in etc home mnt opt root run srv tmp usr/local var; do
  [ ! -d "$folder" ] || set -- "$@" "$folder"
done
exec tar -c -f - "$@" """


# ---- the machine of a test --------------------------------------------------


class Host:
    """This host with the interface of a machine, as far as it can be had."""

    key = HOST

    def __init__(self, folder, program):
        self.folder = str(folder)
        self._path = f"{program.parent}:{os.environ['PATH']}"

    def run(self, argv, timeout=60, check=None, text=True, env=None,
            **others):
        done = subprocess.run(argv, timeout=timeout, text=text, check=False,
                              capture_output=True,
                              env={"PATH": self._path, **(env or {})},
                              **others)
        assert check in (None, done.returncode), done
        return done


class Keeper:
    """Keeps machines for as long as --fresh says."""

    def __init__(self, config):
        self._config = config
        self._machines = {}
        self.pids = set()  # of every QEMU that may outlive a test

    def machine(self, request, key, options):
        fresh = self._config.getoption("--fresh")
        group = {"test": request.node.nodeid, "group": request.node.path,
                 "kernel": None}[fresh]
        name = (key, group, repr(sorted(options.items())))
        if name not in self._machines:
            if fresh == "group":
                self.close()
            import machines
            files = {path: machines.stripped(source) if source == PROGRAM
                     else source
                     for path, source in options.get("files", {}).items()}
            machine = machines.restored(key, **{**options, "files": files})
            machine.key, machine.folder = key, "/tmp"
            self._machines[name] = machine
            self.pids.add(machine.qemu.process.pid)
        request.node.qemu_line = self._machines[name].qemu.line()
        return self._machines[name]

    def close(self, machine=None):
        for name, one in list(self._machines.items()):
            if machine is None or one is machine:
                one.close()
                del self._machines[name]


@pytest.fixture(scope="session")
def kept_machines(pytestconfig):
    """Processes of machines that may outlive a test."""
    return pytestconfig.stash[KEPT].pids


@pytest.fixture
def machine_options():
    """What `machine` is restored with besides the kernel: a root of busybox
    and the program under test. Override it in a test file: {"image": …,
    "cgroup": …, "files": {path in the guest: path here}}."""
    return {"files": {"/usr/bin/bulkhead": PROGRAM}}


@pytest.fixture
def machine(request, machine_options, tmp_path):
    """Where this test runs: see --machine."""
    if request.param == HOST:
        yield Host(tmp_path, PROGRAM)
        return
    from machines import kernel
    keeper = request.config.stash[KEPT]
    try:
        made = keeper.machine(request, request.param, machine_options)
    except kernel.NoKernel as error:
        pytest.fail(str(error), pytrace=False)
    yield made
    if request.config.getoption("--keep"):
        keep(made, request.node)
    failed = getattr(request.node, "machine_suspect", False)
    if failed or request.config.getoption("--fresh") == "test":
        keeper.close(made)


def keep(machine, node):
    """Saves the guest's files and the console log, and says where."""
    name = re.sub(r"\W+", "-", node.name)
    folder = Path(tempfile.mkdtemp(prefix=f"machine-{name}-"))
    (folder / "console.log").write_text(machine.qemu.console_text())
    (folder / "qemu").write_text(machine.qemu.line() + "\n")
    try:
        done = machine.run(["sh", "-c", PACK], text=False, timeout=120)
        (folder / "files.tar").write_bytes(done.stdout)
    except Exception as error:  # a lost machine still has a console log
        (folder / "files.missing").write_text(str(error))
    node.user_properties.append(("kept", str(folder)))


# ---- failures ---------------------------------------------------------------


def is_infrastructure(error):
    """By name: a test that never imports machines needs none of it here."""
    return any(kind.__name__ == "InfrastructureError"
               for kind in type(error).__mro__)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.excinfo is None or not report.failed:
        return
    item.machine_suspect = True
    report.infrastructure = is_infrastructure(call.excinfo.value)
    if report.infrastructure:
        report.longrepr = f"infrastructure: {call.excinfo.value}"
    line = getattr(item, "qemu_line", None)
    if line or report.infrastructure:
        report.sections.append(("repeat", repeat_command(item)))
    if line and not report.infrastructure:
        report.sections.append(("machine", line))


def repeat_command(item):
    """The one command that runs this test again as it ran."""
    path = item.path
    if path.is_relative_to(ROOT):
        path = path.relative_to(ROOT)
    inside = item.nodeid.partition("::")[2]
    words = ["/usr/bin/python3", "-m", "pytest", f"{path}::{inside}"]
    parameters = getattr(item, "callspec", None)
    key = parameters and parameters.params.get("machine")
    if key:
        words += ["--machine", key]
    return shlex.join(words)


def pytest_runtest_protocol(item, nextitem):
    """Runs a test once more when it was the machine that failed."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid,
                                       location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    lost = [report for report in reports
            if getattr(report, "infrastructure", False)]
    if lost:
        item.config.stash[KEPT].close()
        item.machine_suspect = False
        for fixture in item._fixtureinfo.name2fixturedefs.values():
            for one in fixture:  # one that lost its machine is made anew
                if one.cached_result and one.cached_result[2]:
                    one.cached_result = None
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            report.lost_before = str(lost[0].longrepr)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid,
                                        location=item.location)
    return True


def pytest_report_teststatus(report):
    if report.failed and getattr(report, "infrastructure", False):
        return "infrastructure", "I", "INFRASTRUCTURE"
    return None


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("infrastructure"):
        terminalreporter.section(f"infrastructure: {report.nodeid}")
        terminalreporter.line(str(report.longrepr))
        for name, content in report.sections:
            terminalreporter.line(f"{name}: {content}")
    everything = [report for reports in terminalreporter.stats.values()
                  for report in reports if hasattr(report, "when")]
    for report in everything:
        if (report.when == "call" and not report.failed
                and getattr(report, "lost_before", None)):
            terminalreporter.section("a machine was lost, the second try "
                                     f"passed: {report.nodeid}")
            terminalreporter.line(report.lost_before)
    for report in everything:
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == "kept":
                    terminalreporter.line(f"kept of {report.nodeid}: {value}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    session.config.stash[KEPT].close()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus != pytest.ExitCode.TESTS_FAILED:
        return
    stats = reporter.stats
    if stats.get("infrastructure") and not (stats.get("failed")
                                            or stats.get("error")):
        session.exitstatus = INFRASTRUCTURE
