"""The client: one DEALER socket, one request at a time."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Iterable, Optional, Sequence, Type, Union

import zmq

from . import _wire
from ._errors import DeadlineExceeded, TooLarge, UnknownOutcome, VectronError
from ._model import (
    Collection,
    Consistency,
    Memory,
    Metric,
    Point,
    PointID,
    ScoredPoint,
    Vector,
    Vectors,
)

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0
# How long an answer is waited for before an idempotent request is sent again on a new connection.
_PATIENCE = 10.0


@dataclass(frozen=True)
class CurveKeys:
    """The server's public key and the client's own pair, each 40 characters of Z85."""

    server: str
    public: str
    secret: str = field(repr=False)


class Client:
    """Talks to one gateway. Use it in one thread, as a context manager or until `close()`."""

    def __init__(
        self,
        endpoint: str,
        *,
        timeout: float = 30.0,
        keys: Optional[CurveKeys] = None,
        repeat: bool = True,
    ) -> None:
        """Connects in the background; `timeout` in seconds bounds each request with its retries.

        With `repeat=False` each request is sent once, for callers who keep account of outcomes.
        """
        if not timeout > 0:
            raise ValueError(f"the timeout is {timeout} s; it must be positive")
        self._endpoint = endpoint
        self._timeout = timeout
        self._keys = keys
        self._repeat = repeat
        self._ids = itertools.count(1)
        self._context = zmq.Context()
        self._socket: Optional[zmq.Socket[bytes]] = None
        self._closed = False

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._closed = True
        self._disconnect()
        self._context.term()

    # Collections

    def create_collection(
        self,
        name: str,
        dimension: int,
        metric: Union[Metric, str] = Metric.COSINE,
        *,
        shard_count: Optional[int] = None,
        replica_count: Optional[int] = None,
        memory: Optional[Union[Memory, str]] = None,
    ) -> Collection:
        """Creates a collection, which must not exist."""
        fields = {
            "collection": name,
            "dimension": dimension,
            "metric": Metric(metric).value,
            "shard_count": shard_count,
            "replica_count": replica_count,
            "memory": None if memory is None else Memory(memory).value,
        }
        return _wire.collection(self._ask("collection.create", fields, idempotent=False))

    def list_collections(self) -> list[Collection]:
        """All collections, by name."""
        result = self._ask("collection.list", {})
        return [_wire.collection(each) for each in result["collections"]]

    def collection(self, name: str) -> Collection:
        """One collection."""
        return _wire.collection(self._ask("collection.describe", {"collection": name}))

    def delete_collection(self, name: str) -> None:
        """Deletes a collection and all that is in it."""
        self._ask("collection.delete", {"collection": name}, idempotent=False)

    # Points

    def upsert(
        self,
        collection: str,
        ids: Iterable[PointID],
        vectors: Vectors,
        payloads: Optional[Sequence[Optional[dict[str, Any]]]] = None,
    ) -> int:
        """Inserts or replaces points and says how many."""
        fields = {
            "collection": collection,
            "ids": _wire.wire_ids(ids),
            "vectors": _wire.wire_vectors(vectors),
            "payloads": None if payloads is None else list(payloads),
        }
        return int(self._ask("upsert", fields)["count"])

    def get(
        self,
        collection: str,
        ids: Iterable[PointID],
        *,
        with_payload: bool = True,
        with_vector: bool = True,
        consistency: Optional[Consistency] = None,
    ) -> list[Point]:
        """The points of these ids that exist, in the order of the ids."""
        fields = {
            "collection": collection,
            "ids": _wire.wire_ids(ids),
            "with_payload": with_payload,
            "with_vector": with_vector,
            "consistency": consistency,
        }
        return _wire.points(self._ask("get", fields))

    def delete(self, collection: str, ids: Iterable[PointID]) -> int:
        """Deletes points and says how many existed (fewer if the request had to be repeated)."""
        fields = {"collection": collection, "ids": _wire.wire_ids(ids)}
        return int(self._ask("delete", fields)["count"])

    def search(
        self,
        collection: str,
        vector: Optional[Vector] = None,
        *,
        point: Optional[PointID] = None,
        limit: int = 10,
        ef_search: Optional[int] = None,
        recall: Optional[float] = None,
        exact: bool = False,
        with_payload: bool = True,
        with_vector: bool = False,
        consistency: Optional[Consistency] = None,
    ) -> list[ScoredPoint]:
        """The nearest points of a vector, or of a point of the collection.

        `ef_search` is how many candidates are kept, `recall` (above 0, at most 1) which share of the
        true neighbours is wanted: give one of them, or none for the server's default.
        """
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
        return _wire.scored_points(self._ask("search", fields))

    def count(self, collection: str, *, consistency: Optional[Consistency] = None) -> int:
        """How many points a collection has."""
        fields = {"collection": collection, "consistency": consistency}
        return int(self._ask("count", fields)["count"])

    # The server

    def ping(self) -> dict[str, Any]:
        """What the server speaks and takes."""
        return dict(self._ask("ping", {}))

    def status(self) -> dict[str, Any]:
        """The cluster as the gateway sees it."""
        return dict(self._ask("status", {}))

    # Asking

    def _ask(self, op: str, fields: dict[str, Any], *, idempotent: bool = True) -> Any:
        deadline = time.monotonic() + self._timeout
        idempotent = idempotent and self._repeat
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._ask_once(op, fields, deadline, idempotent)
            except VectronError as error:
                may_repeat = error.retryable or (idempotent and isinstance(error, UnknownOutcome))
                if not (self._repeat and may_repeat) or time.monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _ask_once(
        self, op: str, fields: dict[str, Any], deadline: float, idempotent: bool
    ) -> Any:
        if self._closed:
            raise ValueError("the client is closed")
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(f"{op} was not begun within {self._timeout} s")
        request_id = next(self._ids)
        deadline_ms = max(1, min(int(left * 1000), 600_000))
        data = _wire.encode_request(request_id, op, fields, deadline_ms)
        if len(data) > _wire.MAX_REQUEST_BYTES:
            raise TooLarge(
                f"{op} has {len(data)} bytes, more than {_wire.MAX_REQUEST_BYTES}; "
                "send several smaller requests"
            )
        socket = self._connected()
        try:
            # libzmq keeps what is sent before the connection is there.
            socket.setsockopt(zmq.SNDTIMEO, max(1, int(left * 1000)))
            socket.send(data)
            patience = deadline
            if idempotent:
                patience = min(deadline, time.monotonic() + max(_PATIENCE, self._timeout / 3))
            result = self._receive(socket, request_id, patience)
        except zmq.Again:
            # A later reply to this request must not be taken for another's: begin anew.
            self._disconnect()
            if time.monotonic() < deadline:
                raise UnknownOutcome(f"{op} was not answered by {self._endpoint}") from None
            raise DeadlineExceeded(
                f"{op} was not answered by {self._endpoint} within {self._timeout} s; "
                "it may have been done"
            ) from None
        if isinstance(result, VectronError):
            raise result
        return result

    def _receive(self, socket: zmq.Socket[bytes], request_id: int, patience: float) -> Any:
        while True:
            # Rounded up, so that the patience is over when nothing has come.
            left = max(0, math.ceil((patience - time.monotonic()) * 1000))
            if not socket.poll(left, zmq.POLLIN):
                raise zmq.Again()
            reply_id, result = _wire.decode_reply(socket.recv_multipart()[-1])
            # One request is under way, so an error without an id is its answer.
            if reply_id == request_id or (reply_id is None and isinstance(result, VectronError)):
                return result

    def _connected(self) -> zmq.Socket[bytes]:
        if self._socket is None:
            socket = self._context.socket(zmq.DEALER)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.HEARTBEAT_IVL, 5_000)
            socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 15_000)
            if self._keys is not None:
                socket.setsockopt(zmq.CURVE_SERVERKEY, self._keys.server.encode())
                socket.setsockopt(zmq.CURVE_PUBLICKEY, self._keys.public.encode())
                socket.setsockopt(zmq.CURVE_SECRETKEY, self._keys.secret.encode())
            socket.connect(self._endpoint)
            self._socket = socket
        return self._socket

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
