"""The initramfs of a machine: the agent, the modules it loads first, and the
files that shall be there when it is ready. Uncompressed: unpacking costs more
under emulation than reading does."""

import hashlib
import io
import os
import stat
from pathlib import Path

from machines.kernel import load_order, module_content

BUSYBOX = Path("/usr/bin/busybox")
# What a machine without an image of its own finds in its root.
FOLDERS = ("bin sbin usr/bin usr/sbin etc root var/tmp mnt home lib/modules "
           "opt srv").split()
ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n"
              "nobody:x:65534:65534:nobody:/:/bin/false\n",
    "group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "hostname": "machine\n",
    "hosts": "127.0.0.1 localhost machine\n::1 localhost\n",
    "machine-id": "0123456789abcdef0123456789abcdef\n",
    "os-release": "ID=machine\nPRETTY_NAME=\"a machine of the tests\"\n",
}


class Cpio:
    """Writes the "newc" format: Documentation/driver-api/early-userspace/
    buffer-format.rst of the kernel."""

    def __init__(self, stream):
        self._stream = stream
        self._inode = 0
        self._folders = set()

    def _entry(self, name, mode, content):
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = [self._inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0,
                  len(encoded), 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        self._padded(header + encoded)
        self._padded(content)

    def _padded(self, content):
        self._stream.write(content)
        self._stream.write(b"\0" * (-len(content) % 4))

    def folder(self, name, mode=0o755):
        """`name` and the folders above it, once."""
        name = name.strip("/")
        if not name or name in self._folders:
            return
        self.folder(os.path.dirname(name))
        self._folders.add(name)
        self._entry(name, stat.S_IFDIR | mode, b"")

    def file(self, name, content, mode=0o644):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFREG | mode, content)

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self._entry(name.strip("/"), stat.S_IFLNK | 0o777, target.encode())

    def end(self):
        self._entry("TRAILER!!!", 0, b"")


def _busybox_root(cpio, applets):
    for folder in FOLDERS:
        cpio.folder(f"payload/{folder}")
    for name, text in ETC.items():
        cpio.file(f"payload/etc/{name}", text.encode())
    cpio.file("payload/bin/busybox", BUSYBOX.read_bytes(), 0o755)
    for applet in applets:
        if applet != "busybox":
            cpio.link(f"payload/bin/{applet}", "busybox")
    cpio.link("payload/sbin/modprobe", "../bin/busybox")


def _payload(cpio, target, source):
    """A file of the host, a pair (content, mode), or a folder with all that
    is below it."""
    name = f"payload/{target.strip('/')}"
    if isinstance(source, tuple):
        cpio.file(name, source[0], source[1])
        return
    source = Path(source)
    if source.is_symlink():
        cpio.link(name, os.readlink(source))
    elif source.is_dir():
        cpio.folder(name, source.stat().st_mode & 0o7777)
        for entry in sorted(source.iterdir()):
            _payload(cpio, f"{target.strip('/')}/{entry.name}", entry)
    else:
        cpio.file(name, source.read_bytes(), source.stat().st_mode & 0o7777)


def build(kernel, agent, modules, files, applets=None):
    """The bytes of an initramfs. `files` is {path in the guest: source};
    `applets` of busybox make a root where there is no image."""
    stream = io.BytesIO()
    cpio = Cpio(stream)
    cpio.file("init", Path(agent).read_bytes(), 0o755)
    order = load_order(kernel.modules, modules)
    names = []
    for path in order:
        names.append(path.replace("/", "_").split(".ko")[0] + ".ko")
        cpio.file(f"modules/{names[-1]}",
                  module_content(kernel.modules / path))
    cpio.file("modules/order", "".join(f"{name}\n" for name in names).encode())
    cpio.folder("payload")
    if applets:
        _busybox_root(cpio, applets)
    for target, source in files.items():
        _payload(cpio, target, source)
    cpio.end()
    return stream.getvalue()


def digest_of(content):
    return hashlib.sha256(content).hexdigest()
