"""The bytes of requests and replies: `Protocols/bridge.md`, version 1. No input or output here."""

from __future__ import annotations

import uuid
from typing import Any, Iterable, List, Mapping, Optional, Tuple, Union

import msgpack  # type: ignore[import-untyped]
import numpy

from ._errors import error_from_wire
from ._model import (
    Collection,
    FloatArray,
    Memory,
    Metric,
    Page,
    Point,
    PointID,
    RecallFigures,
    ScoredPoint,
    ShardRecall,
    Vector,
    Vectors,
)

VERSION = 1
MAX_REQUEST_BYTES = 32 << 20

RequestID = Union[int, str]
WireID = Union[int, str, bytes]


def encode_request(
    request_id: RequestID,
    op: str,
    fields: Mapping[str, Any],
    deadline_ms: Optional[int] = None,
    key: Optional[str] = None,
) -> bytes:
    """The bytes of a request; fields that are None are left out."""
    message: dict[str, Any] = {"v": VERSION, "id": request_id, "op": op}
    if key is not None:
        message["key"] = key
    message.update((name, value) for name, value in fields.items() if value is not None)
    if deadline_ms is not None:
        message["deadline_ms"] = deadline_ms
    data: bytes = msgpack.packb(message, use_bin_type=True)
    return data


def decode_reply(data: bytes) -> Tuple[Optional[RequestID], Any]:
    """The id of a reply with its result, or with the error that it carries (not raised).

    Raises `ValueError` for bytes that are no reply.
    """
    try:
        reply = msgpack.unpackb(data, raw=False, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise ValueError(f"the reply cannot be read: {error}") from error
    if not isinstance(reply, dict) or reply.get("v") != VERSION:
        raise ValueError("the reply is not of version 1 of the protocol")
    if reply.get("ok") is True and "result" in reply:
        return reply.get("id"), reply["result"]
    failure = reply.get("error")
    if not isinstance(failure, dict):
        raise ValueError("the reply has neither a result nor an error")
    return reply.get("id"), error_from_wire(failure)


def wire_id(point_id: PointID) -> WireID:
    """A point id as it travels. numpy's integers are integers."""
    if isinstance(point_id, uuid.UUID):
        return point_id.bytes
    return point_id if isinstance(point_id, str) else int(point_id)


def wire_ids(ids: Iterable[PointID]) -> List[WireID]:
    """Point ids as they travel."""
    if isinstance(ids, numpy.ndarray) and ids.dtype.kind in "iu":
        numbers: List[WireID] = ids.tolist()
        return numbers
    return [wire_id(point_id) for point_id in ids]


def point_id(value: Any) -> PointID:
    """A point id as it came."""
    if isinstance(value, bytes):
        return uuid.UUID(bytes=value)
    return int(value) if isinstance(value, int) else str(value)


def wire_vector(vector: Vector) -> bytes:
    """A vector as little-endian binary32."""
    if isinstance(vector, (bytes, bytearray, memoryview)):
        return bytes(vector)
    # A number too large for binary32 becomes infinite, which the server refuses by its place.
    with numpy.errstate(over="ignore"):
        return numpy.asarray(vector, dtype="<f4").tobytes()


def wire_vectors(vectors: Vectors) -> bytes:
    """Vectors of equal length as one binary."""
    if isinstance(vectors, (list, tuple)) and any(
        isinstance(vector, (bytes, bytearray, memoryview)) for vector in vectors
    ):
        return b"".join(map(wire_vector, vectors))
    return wire_vector(vectors)  # type: ignore[arg-type]


def vector(data: Optional[bytes]) -> Optional[FloatArray]:
    """A vector as it came: a view of the reply's bytes, not a copy, and so not writable."""
    if data is None:
        return None
    return numpy.frombuffer(data, dtype="<f4")


def point(value: Mapping[str, Any]) -> Point:
    """A point."""
    return Point(point_id(value["id"]), value.get("payload"), vector(value.get("vector")))


def points(result: Mapping[str, Any]) -> List[Point]:
    """The points of a `get`."""
    return [point(each) for each in result["points"]]


def page(result: Mapping[str, Any]) -> Page:
    """A page of a `scroll`."""
    last = result.get("next")
    return Page(points(result), None if last is None else point_id(last))


def _scored(values: Iterable[Mapping[str, Any]]) -> List[ScoredPoint]:
    return [
        ScoredPoint(
            point_id(each["id"]), each["score"], each.get("payload"), vector(each.get("vector"))
        )
        for each in values
    ]


def scored_points(result: Mapping[str, Any]) -> List[ScoredPoint]:
    """The points of a search."""
    return _scored(result["points"])


def batch(result: Mapping[str, Any]) -> List[List[ScoredPoint]]:
    """The points of many searches."""
    return [_scored(each) for each in result["results"]]


def count(result: Mapping[str, Any]) -> int:
    """A count."""
    return int(result["count"])


def collection(result: Mapping[str, Any]) -> Collection:
    """A collection."""
    return Collection(
        name=result["name"],
        id=result["id"],
        dimension=result["dimension"],
        metric=Metric(result["metric"]),
        shard_count=result["shard_count"],
        replica_count=result.get("replica_count"),
        memory=Memory(result["memory"]),
        point_count=result.get("point_count"),
        shards=result["shards"],
    )


def collections(result: Mapping[str, Any]) -> List[Collection]:
    """Collections."""
    return [collection(each) for each in result["collections"]]


def _figures(value: Mapping[str, Any]) -> RecallFigures:
    return RecallFigures(
        value["recall"],
        value["query_count"],
        value["complete_count"],
        value["median_us"],
        value["p99_us"],
    )


def recall(result: Mapping[str, Any]) -> List[ShardRecall]:
    """What shards have measured."""
    return [
        ShardRecall(
            shard["id"],
            shard["worker"],
            shard["point_count"],
            shard["ef_search"],
            _figures(shard["points"]),
            _figures(shard["mixtures"]),
        )
        for shard in result["shards"]
    ]


