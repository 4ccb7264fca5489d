"""Points, vectors and collections."""

from __future__ import annotations

import enum
import uuid
from array import array
from dataclasses import dataclass
from typing import Any, Literal, Mapping, Optional, Sequence, Union

PointID = Union[int, str, uuid.UUID]
"""The name of a point: an unsigned number, text or a UUID."""

Vector = Any
"""A sequence of numbers, bytes of little-endian binary32, an `array`, or a numpy array."""

Vectors = Any
"""A sequence of vectors, or a numpy matrix with one vector in each row."""


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
    """A point; `payload` and `vector` are None unless they were asked for."""

    id: PointID
    payload: Optional[dict[str, Any]] = None
    vector: Optional[array[float]] = None


@dataclass(frozen=True)
class ScoredPoint:
    """A point that a search found. A larger score is nearer, but under `EUCLID` and `MANHATTAN`."""

    id: PointID
    score: float
    payload: Optional[dict[str, Any]] = None
    vector: Optional[array[float]] = None


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
    shards: Sequence[dict[str, Any]]
