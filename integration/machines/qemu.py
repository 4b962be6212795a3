"""QEMU: its command line, its life, and the monitor."""

import ctypes
import functools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

QEMU = "qemu-system-x86_64"
PR_SET_PDEATHSIG = 1

# tsc=reliable no_timer_check: under emulation the watchdog sees a clock that
# is none of the guest's fault, and its reaction patches code that runs.
# cryptomgr.notests is the largest single saving of a boot. panic=-1 with
# -no-reboot: a panic ends QEMU, and nobody waits for a timeout to learn of it.
KERNEL_PARAMETERS = (
    "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic tsc=reliable "
    "no_timer_check cryptomgr.notests=1 random.trust_cpu=on "
    "rcupdate.rcu_expedited=1 8250.nr_uarts=1").split()
# Emulated, the time stamp counter is the host's, and a guest whose processor
# waits for others while it is calibrated finds it up to three times too slow
# (2 of 10 boots at a load of 13). The HPET counts the host's nanoseconds.
EMULATED_PARAMETERS = ["clocksource=hpet"]


@dataclass
class Spec:
    """All that decides how a machine starts, and nothing else."""

    kernel: Path
    initramfs: Path
    accel: str
    memory_mib: int = 512
    cpus: int = 1
    disks: list = field(default_factory=list)
    parameters: list = field(default_factory=list)

    def command(self, ram=None, share=False, incoming=False):
        """The command line but for what is connected to this process."""
        emulated = self.accel.startswith("tcg")
        parameters = [*KERNEL_PARAMETERS, *EMULATED_PARAMETERS * emulated,
                      *self.parameters]
        words = [QEMU, "-machine", "q35" + (",memory-backend=ram" if ram
                                            else ""),
                 "-accel", self.accel, "-cpu",
                 "max" if emulated else "host",
                 "-smp", str(self.cpus), "-m", f"{self.memory_mib}M",
                 "-nodefaults", "-no-user-config", "-display", "none",
                 "-no-reboot", "-kernel", str(self.kernel),
                 "-initrd", str(self.initramfs),
                 "-append", " ".join(parameters),
                 "-device", "virtio-serial-pci"]
        if ram:
            words += ["-object", f"memory-backend-file,id=ram,"
                      f"size={self.memory_mib}M,mem-path={ram},"
                      f"share={'on' if share else 'off'}"]
        for number, disk in enumerate(self.disks):
            words += ["-drive", f"file={disk},format=raw,if=none,readonly=on,"
                      f"id=disk{number},file.locking=off",
                      "-device", f"virtio-blk-pci,drive=disk{number}"]
        return words + ["-incoming", "defer"] * incoming


@functools.cache
def version():
    """What QEMU calls itself; None when there is none."""
    try:
        return subprocess.run([QEMU, "--version"], check=True, text=True,
                              capture_output=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError):
        return None


class Qemu:
    """A running QEMU. `agent` is connected to the guest's serial port. Its
    console goes into a file without a name: whoever kills this process leaves
    nothing behind."""

    def __init__(self, command):
        self._console = os.memfd_create("console")
        self._console_text = ""
        # QEMU takes one that is open just as it would open it.
        console_end = os.open(f"/proc/self/fd/{self._console}",
                              os.O_WRONLY | os.O_APPEND)
        self.agent, agent_end = socket.socketpair()
        self._monitor, monitor_end = socket.socketpair()
        self._pending = b""
        self._greeted = False
        wired = [
            "-add-fd", f"fd={console_end},set=1",
            "-chardev", "file,id=console,path=/dev/fdset/1,append=on",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=agent,fd={agent_end.fileno()}",
            "-device", "virtserialport,chardev=agent,name=agent",
            "-chardev", f"socket,id=monitor,fd={monitor_end.fileno()}",
            "-mon", "chardev=monitor,mode=control"]
        self._command = [*command, *wired]
        parent = os.getpid()
        with agent_end, monitor_end:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                pass_fds=(agent_end.fileno(), monitor_end.fileno(),
                          console_end),
                preexec_fn=lambda: _die_with(parent))
        os.close(console_end)
        self._errors = ""

    def line(self):
        """The command as a person can start it: all by name."""
        text = shlex.join(self._command)
        text = re.sub(r"-add-fd \S+ ", "", text).replace(
            "path=/dev/fdset/1,append=on", "path=console.log")
        return re.sub(r"socket,id=(\w+),fd=\d+",
                      r"socket,id=\1,path=\1.sock,server=on,wait=off", text)

    def execute(self, command, *files, timeout=30, **arguments):
        """Runs a command of the monitor and returns what it returns; `files`
        are descriptors that go with it."""
        deadline = time.monotonic() + timeout
        if not self._greeted:
            self._greeted = True
            self._message(deadline)
            self.execute("qmp_capabilities")
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        socket.send_fds(self._monitor, [json.dumps(request).encode()], files)
        while True:
            answer = self._message(deadline)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise MonitorError(f"{command}: {answer['error']['desc']}")

    def _migrate(self, command, path, flags):
        self.execute("migrate-set-capabilities", capabilities=[
            {"capability": name, "state": True}
            for name in ("events", "x-ignore-shared")])
        descriptor = os.open(path, flags, 0o644)
        try:
            self.execute("getfd", descriptor, fdname="state")
        finally:
            os.close(descriptor)
        self.execute(command, uri="fd:state")
        ended = self.wait_event("MIGRATION", lambda data: data["status"] in (
            "completed", "failed"))
        if ended["status"] != "completed":
            raise MonitorError(f"{command}: {self.execute('query-migrate')}")

    def save(self, path):
        """Writes all but the RAM into `path`; the machine stands still."""
        self._migrate("migrate", path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def load(self, path):
        """Goes on where `save` stood; started with incoming=True."""
        self._migrate("migrate-incoming", path, os.O_RDONLY)

    def wait_event(self, name, accept, timeout=30):
        """Waits for an event `name` whose data `accept` takes."""
        deadline = time.monotonic() + timeout
        while True:
            message = self._message(deadline)
            if message.get("event") == name and accept(message["data"]):
                return message["data"]

    def _message(self, deadline):
        while b"\n" not in self._pending:
            self._monitor.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                received = self._monitor.recv(65536)
            except OSError as error:
                raise MonitorError(f"the monitor is silent: {error}") from error
            if not received:
                raise MonitorError("QEMU has ended: " + self.errors())
            self._pending += received
        line, self._pending = self._pending.split(b"\n", 1)
        return json.loads(line)

    def errors(self):
        """What QEMU itself has complained about; only once it has ended."""
        if self.process.poll() is not None and self.process.stderr:
            self._errors += self.process.stderr.read().decode(
                errors="replace")
            self.process.stderr.close()
            self.process.stderr = None
        return self._errors

    def console_text(self):
        if self._console is not None:
            size = os.fstat(self._console).st_size
            self._console_text = os.pread(self._console, size, 0).decode(
                errors="replace")
        return self._console_text

    def close(self):
        """Ends it; what it was doing is lost."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.errors()
        if self._console is not None:
            self.console_text()
            os.close(self._console)
            self._console = None
        self.agent.close()
        self._monitor.close()


class MonitorError(Exception):
    """The monitor refused something or has gone."""


def _die_with(parent):
    """In the child: no machine outlives the tests that started it. The kernel
    means the thread: start machines in one that lives as long as they do."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
