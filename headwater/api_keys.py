"""Files of API keys, and whom a server without any may serve."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from headwater.errors import HeadwaterError
from serving.keys import Keys


def keys_in(file: Path | None) -> Keys | None:
    """The keys of a file. Raises HeadwaterError where it cannot be read, or has none."""
    if file is None:
        return None
    try:
        keys = Keys.parse(file.read_text().splitlines())
    except (OSError, ValueError) as error:
        raise HeadwaterError(f"--keys {file} cannot be read ({error})", "see `headwater api-key`") from None
    if not keys.by_digest:
        raise HeadwaterError(f"--keys {file} has no key", "add one: `headwater api-key`")
    return keys


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
