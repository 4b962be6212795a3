"""A machine that runs."""

import contextlib
import json
import os
import subprocess
import time
from dataclasses import dataclass

from machines import wire
from machines.errors import GuestError, InfrastructureError
from machines.qemu import MonitorError, Qemu
from machines.wire import Type

READY_S = 60
# Beyond a command's own timeout: the agent needs it to kill and to answer. The
# time is the host's.
GRACE_S = 30
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                       "/sbin:/bin", "HOME": "/root", "TERM": "dumb"}


@dataclass
class Finished:
    """How a command ended, like subprocess.CompletedProcess: `returncode` is
    -N after signal N. `timed_out`: the agent killed it and all it left."""

    args: list
    returncode: int
    stdout: object
    stderr: object
    timed_out: bool = False
    seconds: float = 0.0

    def check_returncode(self):
        if self.returncode:
            raise subprocess.CalledProcessError(
                self.returncode, self.args, self.stdout, self.stderr)


class Machine:
    """Use `Machine.boot`, or a Pool that restores one in a tenth of a second.
    Text in and out is UTF-8; `text=False` for bytes."""

    def __init__(self, qemu, facts=None):
        self.qemu = qemu
        self._wire = wire.Wire(qemu.agent)
        # What the agent said when it was ready: release, cgroup, controllers.
        self.facts = facts or {}

    @classmethod
    def boot(cls, kernel, image=None, cgroup="v2", files=None, **options):
        """Boots `kernel` (a key of ci/kernels.toml) and returns when it
        answers. See `machines.plan.plan` for the options."""
        from machines.plan import plan  # plan needs Machine for its self-test
        made = plan(kernel, image=image, cgroup=cgroup, files=files, **options)
        return cls.start(made)

    @classmethod
    def start(cls, made, ram=None):
        """Boots what `plan` made. With `ram`, a file that will hold its
        memory, it can be saved."""
        machine = cls._launch(made.command(ram=ram, share=bool(ram)))
        with machine._closed_on_error():
            machine.wait_ready()
        return machine

    @classmethod
    def _launch(cls, command, facts=None):
        return cls(Qemu(command), facts)

    def save(self, folder):
        """Saves into `folder` what `restore` needs besides the RAM, and ends
        this machine: the RAM must not change any more."""
        self._monitored(self.qemu.save, folder / "state")
        (folder / "facts.json").write_text(json.dumps(self.facts))
        self.close()

    @classmethod
    def restore(cls, made, folder):
        """A machine that goes on where the one saved in `folder` stood, with
        the time of day and random numbers of its own."""
        machine = cls._launch(
            made.command(ram=folder / "ram", incoming=True),
            json.loads((folder / "facts.json").read_text()))
        with machine._closed_on_error():
            machine._monitored(machine.qemu.load, folder / "state")
            machine.wake()
        return machine

    @contextlib.contextmanager
    def _closed_on_error(self):
        """Also where a test's own time-out is what interrupts."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _monitored(self, action, *arguments):
        try:
            return action(*arguments)
        except MonitorError as error:
            self._fail(str(error), error)

    def wait_ready(self, timeout=READY_S):
        payload = self._ask([], {Type.READY}, timeout)[-1][1]
        words = (field.decode() for field in wire.split_fields(payload))
        self.facts = dict(word.split("=", 1) for word in words)

    def run(self, argv, input=b"", env=None, cwd="/", uid=None, gid=None,
            timeout=60, check=None, text=True):
        """Runs `argv` to its end and returns a Finished. `check` is the
        status that is expected. A failure to start it is a GuestError."""
        if isinstance(input, str):
            input = input.encode(errors="surrogateescape")
        argv = [os.fspath(word) for word in argv]
        variables = {**ENVIRONMENT, **(env or {})}
        fields = [cwd, "" if uid is None else uid, "" if gid is None else gid,
                  len(argv), *argv,
                  *(f"{name}={value}" for name, value in variables.items())]
        begin = time.monotonic()
        answers = self._ask(
            [wire.encode(Type.RUN, wire.join_fields(fields)),
             *wire.data_frames(input)], {Type.EXIT}, timeout,
            reminder=(wire.encode(Type.STOP), GRACE_S))
        seconds = time.monotonic() - begin
        streams = [b"".join(payload for kind, payload in answers
                            if kind == wanted)
                   for wanted in (Type.STDOUT, Type.STDERR)]
        if text:
            streams = [one.decode(errors="surrogateescape")
                       for one in streams]
        how, number = wire.split_fields(answers[-1][1])
        status = {b"exit": int(number), b"signal": -int(number),
                  b"stopped": -9}[how]
        done = Finished(argv, status, *streams, how == b"stopped", seconds)
        if check is not None:
            assert done.returncode == check, (
                f"{argv} ended with {done.returncode}\n"
                f"stdout: {done.stdout}\nstderr: {done.stderr}")
        return done

    def ping(self, content=b"ping"):
        answers = self._ask([wire.encode(Type.PING, content)], {Type.PONG}, 30)
        if answers[-1][1] != content:
            self._fail(f"answered {answers[-1][1]!r} to {content!r}")

    def push(self, path, data, mode=0o644):
        """Writes a file of the guest, and the folders above it."""
        if isinstance(data, str):
            data = data.encode()
        self._ask([wire.encode(Type.PUSH, wire.join_fields(
            [path, f"{mode:o}"])), *wire.data_frames(data)], {Type.END}, 120)

    def pull(self, path):
        """The bytes of a file of the guest."""
        answers = self._ask([wire.encode(
            Type.PULL, os.fspath(path).encode())], {Type.END}, 120)
        return b"".join(payload for kind, payload in answers
                        if kind == Type.DATA)

    def wake(self):
        """Gives the guest the time of day and random numbers of its own."""
        self._ask([wire.encode(Type.WAKE, wire.join_fields(
            [time.time_ns(), os.urandom(32)]))], {Type.END}, 30)

    def _ask(self, frames, last, timeout, reminder=None):
        try:
            answers = list(self._wire.exchange(
                frames, last | {Type.ERROR}, timeout, reminder))
        except wire.Lost as lost:
            self._fail(str(lost), lost)
        if answers[-1][0] == Type.ERROR:
            raise GuestError(answers[-1][1].decode(errors="replace"))
        return answers

    def _fail(self, what, cause=None):
        """Ends the machine and says all that is known about it."""
        if self.qemu.process.poll() is None:
            # A socket that closed means that QEMU is about to end, too.
            try:
                self.qemu.process.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        self.qemu.close()
        console = self.qemu.console_text()
        if "Kernel panic" in console:
            what = f"the kernel panicked: {what}"
        elif self.qemu.errors():
            what = f"{what}: QEMU: {self.qemu.errors().strip()}"
        raise InfrastructureError(what, console, self.qemu.line()) from cause

    def close(self):
        self.qemu.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
