"""Packages of a kernel → vmlinux, config, modules, in one folder.

The bzImage's own decompressor costs up to three seconds under emulation, so
the ELF file inside is taken out here and booted through its PVH entry."""

import hashlib
import json
import lzma
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

from linux import KernelError

# How a payload begins, and what takes it apart.
COMPRESSIONS = {
    b"\x1f\x8b": lambda data: zlib.decompress(data, wbits=31),
    b"\xfd7zXZ": lzma.decompress,
    b"\x28\xb5\x2f\xfd": lambda data: _filter(["zstd", "-dcq"], data),
    b"\x02\x21\x4c\x18": lambda data: _filter(["lz4", "-dcq"], data),
}


def _filter(command, data):
    done = subprocess.run(command, input=data, check=False,
                          capture_output=True)
    if done.returncode:
        raise KernelError(f"{command[0]}: {done.stderr.decode().strip()}")
    return done.stdout


def vmlinux_of(image):
    """The ELF file inside a bzImage. Offsets: Documentation/x86/boot.rst."""
    if image[0x202:0x206] != b"HdrS":
        raise KernelError("the image has no boot header: not a bzImage")
    sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    begin = (sectors + 1) * 512 + offset
    payload = image[begin:begin + length]
    # All but gzip are followed by the size of what is inside.
    size = struct.unpack_from("<I", payload, len(payload) - 4)[0]
    for magic, decompress in COMPRESSIONS.items():
        if payload.startswith(magic):
            whole = decompress(payload if magic == b"\x1f\x8b"
                               else payload[:-4])
            break
    else:
        raise KernelError(f"unknown compression: {payload[:6].hex()}")
    if len(whole) != size or not whole.startswith(b"\x7fELF"):
        raise KernelError(f"the image unpacks to {len(whole)} bytes that are "
                          f"no ELF file of {size}")
    return whole


def unpack(debs, release, folder):
    """Fills `folder` from the verified files `debs`."""
    tree = folder / "tree"
    for deb in debs:
        subprocess.run(["dpkg-deb", "-x", deb, tree], check=True)
    modules = _one(tree, f"lib/modules/{release}", f"usr/lib/modules/{release}")
    image = _one(tree, f"boot/vmlinuz-{release}",
                 f"usr/lib/modules/{release}/vmlinuz")
    config = _one(tree, f"boot/config-{release}",
                  f"usr/lib/modules/{release}/config",
                  f"usr/lib/linux-base-{release}/config")
    (folder / "vmlinux").write_bytes(vmlinux_of(image.read_bytes()))
    shutil.copyfile(config, folder / "config")
    (folder / "lib/modules").mkdir(parents=True)
    modules.rename(folder / "lib/modules" / release)
    (folder / "lib/modules" / release / "vmlinuz").unlink(missing_ok=True)
    shutil.rmtree(tree)
    subprocess.run(["/usr/sbin/depmod", "-b", folder, release], check=True)


def _one(tree, *names):
    for name in names:
        if (tree / name).exists():
            return tree / name
    raise KernelError(f"the packages hold none of {', '.join(names)}: "
                      "Debian moved it, teach ci/linux/unpack.py where to")


def digest_of(files):
    """Names an image: the hash of its file, or of the hashes of several."""
    hashes = sorted(file["sha256"] for file in files)
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def write_meta(folder, image):
    """meta.json: what this folder holds and where it came from."""
    (folder / "meta.json").write_text(json.dumps(
        {**image, "digest": digest_of(image["files"]),
         "series": series(image["release"])}, indent=1) + "\n")


def read_meta(folder):
    return json.loads(Path(folder, "meta.json").read_text())


def series(release):
    """"6.1.0-56-cloud-amd64" → "6.1"."""
    return ".".join(release.split(".")[:2])
