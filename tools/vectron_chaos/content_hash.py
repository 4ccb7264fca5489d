"""The hash of a point's content, as shards compute it (`ContentHash` in the sources)."""

from __future__ import annotations

from array import array

_MASK = (1 << 64) - 1


class _Hash:
    def __init__(self) -> None:
        self._state = 0x9E3779B97F4A7C15

    def _word(self, word: int) -> None:
        state = ((self._state ^ word) * 0x9FB21C651E98DF25) & _MASK
        self._state = state ^ (state >> 32)

    def add(self, data: bytes) -> None:
        """Adds bytes, and where they end."""
        whole = len(data) // 8 * 8
        for offset in range(0, whole, 8):
            self._word(int.from_bytes(data[offset : offset + 8], "little"))
        self._word(int.from_bytes(data[whole:], "little"))
        self._word(len(data))

    @property
    def value(self) -> int:
        """The hash of all that was added."""
        value = self._state
        value = ((value ^ (value >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
        value = ((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
        return value ^ (value >> 33)


def point_hash(number: int, vector: "array[float]", payload: bytes = b"\x80") -> int:
    """The hash of a point whose id is a number; the payload is empty unless given."""
    content = _Hash()
    content.add(b"\x00" + number.to_bytes(8, "big"))
    content.add(vector.tobytes())
    content.add(payload)
    return content.value
