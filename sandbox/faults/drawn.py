"""Images of one colour, made as they are needed: faults send them in the place of the site's own."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode

GREY = 0x60


def in_base64(content: bytes) -> str:
    """As a switch takes it."""
    return b64encode(content).decode()


def png(width: int, height: int) -> bytes:
    """A PNG of this many pixels."""
    rows = (b"\0" + bytes([GREY]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", zlib.compress(rows)) + _png_chunk(b"IEND", b"")


def webp(width: int, height: int, *, metadata: bytes = b"") -> bytes:
    """A WebP of this many pixels, with what a camera notes beside them."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    described = _webp_chunk(b"VP8X", bytes([0x08, 0, 0, 0]) + size) if metadata else b""
    chunks = described + _webp_chunk(b"VP8L", _one_colour(width, height)) + (_webp_chunk(b"EXIF", metadata) if metadata else b"")
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _one_colour(width: int, height: int) -> bytes:
    """WebP's lossless bits: each of the five prefix codes has one symbol only, so no pixel takes a bit."""
    bits, at = 0, 0
    symbols = [(each, width_) for code in (GREY, GREY, GREY, 255, 0) for each, width_ in ((0b101, 3), (code, 8))]
    for value, length in [(0x2F, 8), (width - 1, 14), (height - 1, 14), (0, 1 + 3 + 3), *symbols]:
        bits, at = bits | value << at, at + length
    return bits.to_bytes((at + 7) // 8, "little")


def _webp_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
