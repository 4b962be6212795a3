"""The host's end of the wire to the agent; integration/agent/frame.h draws
the protocol."""

import enum
import select
import struct
import time

MAGIC = b"bha1"
HEADER = struct.Struct("<4sII")
MOST_PAYLOAD_BYTES = 1 << 20


class Type(enum.IntEnum):
    PING = 1
    RUN = 2
    PUSH = 3
    PULL = 4
    WAKE = 5
    DATA = 6
    END = 7
    STOP = 8
    READY = 16
    PONG = 17
    STDOUT = 18
    STDERR = 19
    EXIT = 20
    ERROR = 21


class Lost(Exception):
    """Nobody answers any more, or not in the agent's language."""


def encode(kind, payload=b""):
    return HEADER.pack(MAGIC, kind, len(payload)) + payload


def join_fields(fields):
    encoded = [field if isinstance(field, bytes) else str(field).encode(
        errors="surrogateescape") for field in fields]
    return b"".join(struct.pack("<I", len(one)) + one for one in encoded)


def split_fields(payload):
    fields = []
    while payload:
        length = struct.unpack_from("<I", payload)[0]
        fields.append(payload[4:4 + length])
        payload = payload[4 + length:]
    return fields


def data_frames(content):
    """`content` as frames, with the one that ends it."""
    for begin in range(0, len(content), MOST_PAYLOAD_BYTES):
        yield encode(Type.DATA, content[begin:begin + MOST_PAYLOAD_BYTES])
    yield encode(Type.END)


class Wire:
    """Frames over a connected socket, which stays the caller's."""

    def __init__(self, socket):
        self._socket = socket
        self._socket.setblocking(False)
        self._received = bytearray()

    def exchange(self, frames, last, timeout, reminder=None):
        """Sends `frames` and yields (type, payload) of every answer, up to
        and with the first whose type is in `last`. Both at the same time:
        neither side may wait for the other to read. A `reminder`, (frame,
        seconds), is sent when the time is up, and gives that much more."""
        outgoing = memoryview(b"".join(frames))
        deadline = time.monotonic() + timeout
        while True:
            frame = self._frame()
            if frame is not None:
                yield frame
                if frame[0] in last:
                    return
                continue
            left = deadline - time.monotonic()
            if left <= 0 and reminder:
                outgoing = memoryview(bytes(outgoing) + reminder[0])
                deadline = time.monotonic() + reminder[1]
                left, reminder = reminder[1], None
            if left <= 0:
                raise Lost(f"no answer within {timeout:g} s")
            readable, writable, _ = select.select(
                [self._socket], [self._socket] if outgoing else [], [], left)
            if writable:
                outgoing = outgoing[self._send(outgoing):]
            if readable:
                self._read()

    def _send(self, content):
        try:
            return self._socket.send(content[:1 << 18])
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Lost(f"the machine has gone ({error.strerror})") from error

    def _read(self):
        try:
            received = self._socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError as error:
            raise Lost(f"the machine has gone ({error.strerror})") from error
        if not received:
            raise Lost("the machine has gone")
        self._received += received

    def _frame(self):
        if len(self._received) < HEADER.size:
            return None
        magic, kind, length = HEADER.unpack_from(self._received)
        if (magic != MAGIC or length > MOST_PAYLOAD_BYTES
                or kind not in Type.__members__.values()):
            raise Lost(f"garbage: {bytes(self._received[:32])!r}")
        if len(self._received) < HEADER.size + length:
            return None
        payload = bytes(self._received[HEADER.size:HEADER.size + length])
        del self._received[:HEADER.size + length]
        return Type(kind), payload
