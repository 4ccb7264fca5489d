"""Keys, their values, and the vectors that mark them."""

from __future__ import annotations

import random
import threading
import zlib
from array import array

# The axes of markers, and those that tell one value of a key from another.
_AXES, _NOISE_AXES = 96, 4
DIMENSION = _AXES + _NOISE_AXES
# With more keys, two would have the same marker.
MAX_KEY_COUNT = _AXES * (_AXES - 1)


def key(index: int) -> str:
    """The key of a point in the history."""
    return f"k{index}"


def marker(index: int) -> "array[float]":
    """The query that finds a point: squared, it is at most 0.02 away from it, and 0.5 from others.

    One axis has the weight 1 and another, chosen by what is left of the index, the weight 0.5.
    """
    vector = array("f", bytes(4 * DIMENSION))
    first = index % _AXES
    second = (first + 1 + index // _AXES) % _AXES
    vector[first], vector[second] = 1.0, 0.5
    return vector


def vector_of(index: int, value: str) -> "array[float]":
    """The vector of a point with this value: its marker, and axes that only this value has.

    All components are sums of few powers of two, so that they come back bit by bit.
    """
    vector = marker(index)
    noise = zlib.crc32(value.encode())
    for axis in range(_NOISE_AXES):
        vector[_AXES + axis] = ((noise >> (8 * axis)) & 0xFF) / 4096
    return vector


class KeyPool:
    """The keys that clients use now.

    A key is retired after enough operations, or unknown outcomes, that a judge can still try their
    orders; it stays in the collection and is audited.
    """

    def __init__(self, active: int, max_operations: int = 200, max_unknown: int = 6) -> None:
        self._lock = threading.Lock()
        self._active = list(range(active))
        self._next = active
        self._operations: dict[int, int] = {}
        self._unknown: dict[int, int] = {}
        self._max_operations = max_operations
        self._max_unknown = max_unknown

    @property
    def used(self) -> int:
        """How many keys were ever used: those with smaller indices."""
        with self._lock:
            return self._next

    def pick(self, generator: random.Random, count: int = 1) -> list[int]:
        """Different keys for one request."""
        with self._lock:
            picked = generator.sample(self._active, count)
            for index in picked:
                operations = self._operations.get(index, 0) + 1
                self._operations[index] = operations
                if operations >= self._max_operations:
                    self._retire(index)
            return picked

    def note_unknown(self, index: int) -> None:
        """Counts an outcome that nobody knows."""
        with self._lock:
            self._unknown[index] = self._unknown.get(index, 0) + 1
            if self._unknown[index] >= self._max_unknown:
                self._retire(index)

    def _retire(self, index: int) -> None:
        if index in self._active and self._next < MAX_KEY_COUNT:
            self._active[self._active.index(index)] = self._next
            self._next += 1
