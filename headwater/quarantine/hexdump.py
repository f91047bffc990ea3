"""Bytes for people to look at."""

from __future__ import annotations

from collections.abc import Iterator

_ROW = 16
#: Rows shown of the beginning and of the end of many bytes.
_HEAD, _TAIL = 16, 4


def hexdump(value: bytes) -> str:
    """Rows of 16 bytes as offset, hexadecimal digits and ASCII; of many bytes the beginning and the end.

    >>> print(hexdump(b"headwater\\x00"))
    00000000  68 65 61 64 77 61 74 65 72 00                    headwater.
    """
    starts = range(0, len(value), _ROW)
    if len(starts) <= _HEAD + _TAIL:
        return "\n".join(_rows(value, starts))
    left_out = len(value) - _HEAD * _ROW - len(value[starts[-_TAIL] :])
    head, tail = _rows(value, starts[:_HEAD]), _rows(value, starts[-_TAIL:])
    return "\n".join((*head, f"          ... {left_out:,} bytes ...", *tail))


def _rows(value: bytes, starts: range) -> Iterator[str]:
    for start in starts:
        row = value[start : start + _ROW]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row.hex(' '):<{3 * _ROW}} {text}"


def plain(value: bytes | None) -> str | None:
    """A key or header as text; its hexadecimal digits after 0x if it is none.

    >>> plain(b"m1"), plain(b"\\xff\\x00"), plain(None)
    ('m1', '0xff00', None)
    """
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
    return text if text.isprintable() else f"0x{value.hex()}"


def printable(text: str) -> str:
    """Text from outside without what a terminal would obey.

    >>> printable("tv\\x1b[31m")
    'tv?[31m'
    """
    return "".join(c if c.isprintable() else "?" for c in text)
