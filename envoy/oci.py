"""Writes the plugin as an OCI image layout, the form in which Istio and Envoy Gateway fetch it from a registry.

    python3 envoy/oci.py PLUGIN VERSION FOLDER

The image is of the "compat" variant of the Wasm image specification: one layer, a tar+gzip, with the file plugin.wasm. The same
plugin gives the same bytes on every machine: no time of this one is in it, and gzip only stores. How well zlib packs differs from
build to build of it, and the digest is what a configuration pins.
"""

import hashlib
import json
import shutil
import struct
import sys
import zlib
from pathlib import Path


def tar(name, data):
    """An archive (POSIX.1-1988 ustar) with one file."""
    header = bytearray(512)
    fields = [(0, name.encode()), (100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (124, b"%011o\0" % len(data)),
              (136, b"00000000000\0"), (148, b" " * 8), (156, b"0"), (257, b"ustar\x0000")]
    for offset, field in fields:
        header[offset:offset + len(field)] = field
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512) + bytes(1024)


def gzip(data):
    """A gzip member (RFC 1952) of stored blocks (RFC 1951 section 3.2.4)."""
    blocks = [data[start:start + 65535] for start in range(0, len(data), 65535)] or [b""]
    stored = [struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks]
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return head + b"".join(stored) + struct.pack("<II", zlib.crc32(data), len(data))


def main(plugin, version, folder):
    folder = Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def add(media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def add_json(media_type, value):
        return add(media_type, json.dumps(value, separators=(",", ":")).encode())

    archive = tar("plugin.wasm", Path(plugin).read_bytes())
    layer = add("application/vnd.oci.image.layer.v1.tar+gzip", gzip(archive))
    config = add_json("application/vnd.oci.image.config.v1+json", {
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip1",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(archive).hexdigest()]},
    })
    manifest = add_json("application/vnd.oci.image.manifest.v1+json", {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": [layer],
        "annotations": {
            "org.opencontainers.image.title": "Postern",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    })
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest | {"annotations": {"org.opencontainers.image.ref.name": version}}],
    }
    (folder / "index.json").write_text(json.dumps(index, separators=(",", ":")))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    print(manifest["digest"])


if __name__ == "__main__":
    main(*sys.argv[1:])
