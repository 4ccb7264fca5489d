"""Points, vectors and collections."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Literal, Mapping, Optional, Sequence, Union

import numpy
import numpy.typing

PointID = Union[int, str, uuid.UUID]
"""The name of a point: an unsigned number of 64 bits, text of 1 to 512 bytes, or a UUID.

A text of the 36 characters of a UUID *is* that UUID and comes back as `uuid.UUID`."""

FloatArray = numpy.typing.NDArray[numpy.float32]
"""An array of binary32 numbers."""

Vector = Union[numpy.typing.ArrayLike, bytes, bytearray, memoryview]
"""What becomes a vector: a numpy array or a sequence of numbers of shape `(dimension,)`, or the bytes
of as many little-endian binary32 numbers."""

Vectors = Union[numpy.typing.ArrayLike, Sequence[Vector], bytes, bytearray, memoryview]
"""What becomes `n` vectors: a matrix or nested sequence of shape `(n, dimension)`, or the bytes of
`n · dimension` little-endian binary32 numbers."""

Payload = Dict[str, Any]
"""What else is known of a point: a JSON object of at most 1 MiB."""

Consistency = Union[Literal["linearizable", "local"], Mapping[Literal["bounded_ms"], int]]
"""How new what a read sees must be: all that was acknowledged before ("linearizable", the
default), all that was longer ago than `{"bounded_ms": n}`, or what one replica has ("local")."""


class Metric(str, enum.Enum):
    """How vectors are compared."""

    COSINE = "cosine"
    DOT = "dot"
    EUCLID = "euclid"
    MANHATTAN = "manhattan"


class Memory(str, enum.Enum):
    """What the workers keep in memory of each vector.

    As good as all of it, each component rounded to 11 bits, or only what a search walks over, with
    the vectors in a file.
    """

    FULL = "full"
    HALF = "half"
    DISK = "disk"


@dataclass(frozen=True)
class Point:
    """A point; `payload` and `vector` are None unless they were asked for.

    `vector` has the shape `(dimension,)` and is read-only; it is not looked at by `==`.
    """

    id: PointID
    payload: Optional[Payload] = None
    vector: Optional[FloatArray] = field(default=None, compare=False)


@dataclass(frozen=True)
class ScoredPoint:
    """A point that a search found.

    A larger `score` is nearer under `COSINE` and `DOT`; under `EUCLID` and `MANHATTAN` it is the
    distance, and a smaller one is.
    """

    id: PointID
    score: float
    payload: Optional[Payload] = None
    vector: Optional[FloatArray] = field(default=None, compare=False)


@dataclass(frozen=True)
class Page:
    """Points in the order of their ids, and what the next page comes after (None: no more)."""

    points: Sequence[Point]
    next: Optional[PointID]


@dataclass(frozen=True)
class Collection:
    """A collection; `point_count` is None if a shard could not be asked.

    `replica_count` is None if the collection was made with the cluster's default.
    """

    name: str
    id: int
    dimension: int
    metric: Metric
    shard_count: int
    replica_count: Optional[int]
    memory: Memory
    point_count: Optional[int]
    shards: Sequence[Dict[str, Any]]


@dataclass(frozen=True)
class RecallFigures:
    """How well some searches found the true neighbours, and how long they took in the index.

    `recall` is a share of 0 to 1; the times are microseconds.
    """

    recall: float
    query_count: int
    complete_count: int
    median_us: float
    p99_us: float


@dataclass(frozen=True)
class ShardRecall:
    """What a shard has measured: near its own points, and (as hard as users' searches) between."""

    shard: int
    worker: str
    point_count: int
    ef_search: int
    points: RecallFigures
    mixtures: RecallFigures
