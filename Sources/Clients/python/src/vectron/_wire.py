"""The bytes of requests and replies: `Protocols/bridge.md`, version 1. No input or output here."""

from __future__ import annotations

import sys
import uuid
from array import array
from typing import Any, Iterable, Optional, Union

import msgpack  # type: ignore[import-untyped]

from ._errors import error_from_wire
from ._model import Collection, Memory, Metric, Point, PointID, ScoredPoint, Vector, Vectors

VERSION = 1
MAX_REQUEST_BYTES = 32 << 20

RequestID = Union[int, str]


def encode_request(
    request_id: RequestID, op: str, fields: dict[str, Any], deadline_ms: Optional[int] = None
) -> bytes:
    """The bytes of a request; fields that are None are left out."""
    message: dict[str, Any] = {"v": VERSION, "id": request_id, "op": op}
    message.update((name, value) for name, value in fields.items() if value is not None)
    if deadline_ms is not None:
        message["deadline_ms"] = deadline_ms
    data: bytes = msgpack.packb(message, use_bin_type=True)
    return data


def decode_reply(data: bytes) -> tuple[Optional[RequestID], Any]:
    """The id of a reply with its result, or with the error that it carries (not raised)."""
    reply = msgpack.unpackb(data, raw=False, strict_map_key=False)
    if not isinstance(reply, dict) or reply.get("v") != VERSION:
        raise ValueError("the reply is not of version 1 of the protocol")
    if reply.get("ok") is True:
        return reply.get("id"), reply["result"]
    return reply.get("id"), error_from_wire(reply["error"])


def wire_id(point_id: PointID) -> Union[int, str, bytes]:
    """A point id as it travels. numpy's integers are integers."""
    if isinstance(point_id, uuid.UUID):
        return point_id.bytes
    return point_id if isinstance(point_id, str) else int(point_id)


def wire_ids(ids: Iterable[PointID]) -> list[Union[int, str, bytes]]:
    """Point ids as they travel."""
    return [wire_id(point_id) for point_id in ids]


def point_id(value: Any) -> PointID:
    """A point id as it came."""
    return uuid.UUID(bytes=value) if isinstance(value, bytes) else value


def wire_vector(vector: Vector) -> bytes:
    """A vector as little-endian binary32."""
    if isinstance(vector, (bytes, bytearray, memoryview)):
        return bytes(vector)
    if hasattr(vector, "astype"):
        data: bytes = vector.astype("<f4", copy=False).tobytes()
        return data
    numbers = vector if isinstance(vector, array) and vector.typecode == "f" else array("f", vector)
    if sys.byteorder == "big":
        numbers = array("f", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def wire_vectors(vectors: Vectors) -> Union[bytes, list[bytes]]:
    """Vectors as one binary if they are equally long, which an older server would check anyway."""
    if isinstance(vectors, (bytes, bytearray, memoryview)) or hasattr(vectors, "astype"):
        return wire_vector(vectors)
    each = [wire_vector(vector) for vector in vectors]
    return b"".join(each) if len({len(vector) for vector in each}) <= 1 else each


def vector(data: Optional[bytes]) -> Optional[array[float]]:
    """A vector as it came."""
    if data is None:
        return None
    numbers = array("f")
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def points(result: dict[str, Any]) -> list[Point]:
    """The points of a `get`."""
    return [
        Point(point_id(point["id"]), point.get("payload"), vector(point.get("vector")))
        for point in result["points"]
    ]


def scored_points(result: dict[str, Any]) -> list[ScoredPoint]:
    """The points of a search."""
    return [
        ScoredPoint(
            point_id(point["id"]), point["score"], point.get("payload"), vector(point.get("vector"))
        )
        for point in result["points"]
    ]


def collection(result: dict[str, Any]) -> Collection:
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
