"""What can be asked for, as values: an operation, its fields, and how its result is read.

No input or output here. `Client` and `AsyncClient` carry requests out; what they ask for, and
what they make of the answer, is the same code.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Callable, Dict, Generic, Iterable, Mapping, Optional, Sequence, TypeVar
from typing import List, Union

from . import _wire
from ._model import (
    Collection,
    Consistency,
    Memory,
    Metric,
    Page,
    Payload,
    Point,
    PointID,
    ScoredPoint,
    ShardRecall,
    Vector,
    Vectors,
)

T = TypeVar("T")


class Effect(enum.Enum):
    """What sending a request a second time would do."""

    READ = "read"
    """Nothing: it reads."""
    NAMED = "named"
    """Nothing if it was done: it is a write with a name."""
    AGAIN = "again"
    """What it did, again: only sent again if the server says that nothing was done."""


@dataclass(frozen=True)
class Request(Generic[T]):
    """One request, and how its result is read."""

    op: str
    fields: Mapping[str, Any]
    parse: Callable[[Any], T]
    effect: Effect = Effect.READ


@dataclass(frozen=True)
class WriteName:
    """The name of a write: the session that `session.open` has answered, and a number in it."""

    session: bytes
    sequence: int
    acknowledged: int

    def added_to(self, request: Request[T]) -> Request[T]:
        """The request under this name: done once, however often it is sent."""
        fields = {
            **request.fields,
            "session": self.session,
            "sequence": self.sequence,
            "acknowledged": self.acknowledged,
        }
        return Request(request.op, fields, request.parse, Effect.NAMED)


def _nothing(result: Any) -> None:
    return None


def _as_dict(result: Any) -> Dict[str, Any]:
    return dict(result)


def _session(result: Any) -> bytes:
    return bytes(result["session"])


def ping() -> Request[Dict[str, Any]]:
    return Request("ping", {}, _as_dict)


def status() -> Request[Dict[str, Any]]:
    return Request("status", {}, _as_dict)


def create_collection(
    name: str,
    dimension: int,
    metric: Union[Metric, str],
    shard_count: Optional[int],
    replica_count: Optional[int],
    memory: Optional[Union[Memory, str]],
) -> Request[Collection]:
    fields = {
        "collection": name,
        "dimension": dimension,
        "metric": Metric(metric).value,
        "shard_count": shard_count,
        "replica_count": replica_count,
        "memory": None if memory is None else Memory(memory).value,
    }
    return Request("collection.create", fields, _wire.collection, Effect.AGAIN)


def list_collections() -> Request[List[Collection]]:
    return Request("collection.list", {}, _wire.collections)


def describe_collection(name: str) -> Request[Collection]:
    return Request("collection.describe", {"collection": name}, _wire.collection)


def delete_collection(name: str) -> Request[None]:
    return Request("collection.delete", {"collection": name}, _nothing, Effect.AGAIN)


def open_session(collection: str) -> Request[bytes]:
    return Request("session.open", {"collection": collection}, _session)


def upsert(
    collection: str,
    ids: Iterable[PointID],
    vectors: Vectors,
    payloads: Optional[Sequence[Optional[Payload]]],
) -> Request[int]:
    fields = {
        "collection": collection,
        "ids": _wire.wire_ids(ids),
        "vectors": _wire.wire_vectors(vectors),
        "payloads": None if payloads is None else list(payloads),
    }
    return Request("upsert", fields, _wire.count, Effect.AGAIN)


def delete(collection: str, ids: Iterable[PointID]) -> Request[int]:
    fields = {"collection": collection, "ids": _wire.wire_ids(ids)}
    return Request("delete", fields, _wire.count, Effect.AGAIN)


def get(
    collection: str,
    ids: Iterable[PointID],
    with_payload: bool,
    with_vector: bool,
    consistency: Optional[Consistency],
) -> Request[List[Point]]:
    fields = {
        "collection": collection,
        "ids": _wire.wire_ids(ids),
        "with_payload": with_payload,
        "with_vector": with_vector,
        "consistency": consistency,
    }
    return Request("get", fields, _wire.points)


def search(
    collection: str,
    vector: Optional[Vector],
    point: Optional[PointID],
    limit: int,
    ef_search: Optional[int],
    recall: Optional[float],
    exact: bool,
    with_payload: bool,
    with_vector: bool,
    consistency: Optional[Consistency],
) -> Request[List[ScoredPoint]]:
    fields = {
        "collection": collection,
        "vector": None if vector is None else _wire.wire_vector(vector),
        "point": None if point is None else _wire.wire_id(point),
        "limit": limit,
        "ef_search": ef_search,
        "recall": recall,
        "exact": exact,
        "with_payload": with_payload,
        "with_vector": with_vector,
        "consistency": consistency,
    }
    return Request("search", fields, _wire.scored_points)


def search_batch(
    collection: str,
    vectors: Vectors,
    limit: int,
    ef_search: Optional[int],
    recall: Optional[float],
    exact: bool,
    with_payload: bool,
    with_vector: bool,
    consistency: Optional[Consistency],
) -> Request[List[List[ScoredPoint]]]:
    if isinstance(vectors, (bytes, bytearray, memoryview)):
        raise ValueError("bytes do not tell how many vectors they are; give a matrix")
    fields = {
        "collection": collection,
        "count": len(vectors),  # type: ignore[arg-type]
        "vectors": _wire.wire_vectors(vectors),
        "limit": limit,
        "ef_search": ef_search,
        "recall": recall,
        "exact": exact,
        "with_payload": with_payload,
        "with_vector": with_vector,
        "consistency": consistency,
    }
    return Request("search.batch", fields, _wire.batch)


def scroll_page(
    collection: str,
    after: Optional[PointID],
    limit: int,
    with_payload: bool,
    with_vector: bool,
    consistency: Optional[Consistency],
) -> Request[Page]:
    fields = {
        "collection": collection,
        "after": None if after is None else _wire.wire_id(after),
        "limit": limit,
        "with_payload": with_payload,
        "with_vector": with_vector,
        "consistency": consistency,
    }
    return Request("scroll", fields, _wire.page)


def count(collection: str, consistency: Optional[Consistency]) -> Request[int]:
    return Request("count", {"collection": collection, "consistency": consistency}, _wire.count)


def measure_recall(
    collection: str,
    samples: int,
    limit: int,
    ef_search: Optional[int],
    recall: Optional[float],
) -> Request[List[ShardRecall]]:
    fields = {
        "collection": collection,
        "samples": samples,
        "limit": limit,
        "ef_search": ef_search,
        "recall": recall,
    }
    return Request("recall.measure", fields, _wire.recall)
