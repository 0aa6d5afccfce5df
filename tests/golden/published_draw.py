"""The draw once more, from `docs/methods/lottery.md` with `hashlib` and `hmac` alone: no engine code."""

from __future__ import annotations

import hashlib
import hmac


def tickets(draw: str, sources: tuple[tuple[str, str], ...], roster: dict[str, str]) -> dict[str, bytes]:
    """Everybody's ticket, byte by byte. `roster` has the stratum of each id; weights are 1."""

    def u16(number: int) -> bytes:
        return number.to_bytes(2, "big")

    def u32(number: int) -> bytes:
        return number.to_bytes(4, "big")

    def lp16(text: str) -> bytes:
        return u16(len(text.encode())) + text.encode()

    def lp32(text: str) -> bytes:
        return u32(len(text.encode())) + text.encode()

    people = sorted(roster, key=str.encode)
    rows = b"".join(lp16(name) + lp16(roster[name]) + u32(1) for name in people)
    roster_hash = hashlib.sha256(b"ALLOC-ROSTER-v1\0" + u32(len(people)) + rows).digest()
    told = b"".join(lp16(name) + lp32(value) for name, value in sources)
    head = b"ALLOC-SEED-v1\0" + roster_hash + lp16(draw) + u16(len(sources))
    seed = hashlib.sha256(head + told).digest()
    front = b"ALLOC-TICKET-v1\0" + lp16(draw)
    return {name: hmac.digest(seed, front + lp16(name) + u32(0), hashlib.sha256) for name in people}
