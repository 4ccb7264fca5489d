"""How many points are parted into requests, and the bar that shows how far they are."""

from __future__ import annotations

import sys
import time
from typing import Any, Callable, List, Optional, Sequence, TextIO, Tuple

import numpy

from . import _requests
from ._model import Payload, PointID, Vectors
from ._requests import Request

Progress = Callable[[int, int], None]
"""Told how many points were acknowledged, and how many there are."""

_MAX_BATCH_POINTS = 1_000
_BATCH_BYTES = 4 << 20
_MAX_UPSERT_POINTS = 10_000


class Upload:
    """Points that are sent in several requests."""

    def __init__(
        self,
        collection: str,
        vectors: Vectors,
        ids: Optional[Sequence[PointID]],
        payloads: Optional[Sequence[Optional[Payload]]],
        batch_size: Optional[int],
    ) -> None:
        self._collection = collection
        # A memory-mapped matrix stays in its file.
        matrix: Any = vectors if hasattr(vectors, "shape") else numpy.asarray(vectors, dtype="<f4")
        if matrix.ndim != 2:
            raise ValueError(f"the vectors have the shape {matrix.shape}; it must be (n, dimension)")
        self._vectors = matrix
        self.count = int(matrix.shape[0])
        self._ids: Sequence[PointID] = range(self.count) if ids is None else ids
        self._payloads = payloads
        for name, values in [("ids", self._ids), ("payloads", payloads)]:
            if values is not None and len(values) != self.count:
                raise ValueError(f"there are {len(values)} {name} for {self.count} vectors")
        if batch_size is None:
            fitting = _BATCH_BYTES // max(1, 4 * int(matrix.shape[1]))
            batch_size = max(1, min(_MAX_BATCH_POINTS, fitting))
        if not 1 <= batch_size <= _MAX_UPSERT_POINTS:
            raise ValueError(f"the batch size is {batch_size}; it must be 1 to {_MAX_UPSERT_POINTS}")
        self._batch_size = batch_size

    def batches(self) -> List[Tuple[int, int]]:
        """The first point of each request and the one behind its last."""
        size = self._batch_size
        return [(start, min(start + size, self.count)) for start in range(0, self.count, size)]

    def request(self, start: int, stop: int) -> Request[int]:
        """The request of a batch."""
        payloads = None if self._payloads is None else self._payloads[start:stop]
        return _requests.upsert(
            self._collection, self._ids[start:stop], self._vectors[start:stop], payloads
        )


class Bar:
    """A line on a terminal that says how far an upload is."""

    _WIDTH = 30
    _INTERVAL = 0.1

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._began = clock()
        self._shown = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if done < total and now - self._shown < self._INTERVAL:
            return
        self._shown = now
        filled = self._WIDTH * done // max(1, total)
        rate = done / max(1e-9, now - self._began)
        bar = "#" * filled + "." * (self._WIDTH - filled)
        end = "\n" if done >= total else ""
        self._stream.write(f"\r[{bar}] {done:,} of {total:,} points, {rate:,.0f}/s {end}")
        self._stream.flush()


def progress(on_progress: Optional[Progress]) -> Progress:
    """What is told of an upload: the caller's function, or a bar if somebody is at a terminal."""
    if on_progress is not None:
        return on_progress
    if sys.stderr.isatty():
        return Bar(sys.stderr)
    return lambda done, total: None
