"""The client for programs without an event loop."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Type, TypeVar, Union

import zmq

from . import _requests
from ._connection import MAX_WINDOW, CurveKeys, Endpoints, checked, prepare
from ._core import Core, Outcome
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
from ._requests import Request
from ._sessions import Sessions, Steps, alone
from ._upload import Progress, Upload, progress

T = TypeVar("T")


class Client:
    """Talks to the gateways of one cluster; a context manager, or in use until `close()`.

    ```python
    with Client("tcp://127.0.0.1:7601") as db:
        db.create_collection("films", dimension=3, metric=Metric.COSINE)
        db.upsert("films", ids=[1, 2], vectors=[[1, 0, 0], [0, 1, 0]])
        print(db.search("films", [0.9, 0.1, 0], limit=1))
    ```

    Every error of the server is a `VectronError`. A request is repeated within the timeout if that
    does no harm: reads always, writes because the shards know them by name and do each once.

    Thread safety: one thread at a time.
    """

    def __init__(
        self,
        endpoint: Endpoints,
        *,
        timeout: float = 30.0,
        keys: Optional[CurveKeys] = None,
        key: Optional[str] = None,
        repeat: bool = True,
    ) -> None:
        """Connects in the background.

        Args:
            endpoint: Where a gateway listens, or several gateways.
            timeout: Seconds that bound each request with its retries.
            keys: For gateways that encrypt.
            key: The API key, sent with each request.
            repeat: False sends each request once, for callers who keep account of outcomes.
        """
        endpoints = checked(endpoint, timeout)
        self._timeout = timeout
        self._repeat = repeat
        self._core = Core(key=key, repeat=repeat)
        self._sessions = Sessions(time.monotonic)
        # What has come of calls whose callers have not seen it yet.
        self._outcomes: Dict[int, Outcome] = {}
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.DEALER)
        self._closed = False
        try:
            prepare(self._socket, endpoints, keys)
        except BaseException:
            self.close()
            raise

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
        """Ends the connections."""
        self._closed = True
        self._socket.close()
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
        """Creates a collection, which must not exist.

        Args:
            name: 1 to 255 of `A-Z a-z 0-9 _ - .`, the first no dot.
            dimension: The number of components of each vector, 1 to 65,536.
            metric: How vectors are compared.
            shard_count: Into how many shards the points are parted, 1 to 256.
            replica_count: How many copies of each shard there are, 1 to 7.
            memory: What the workers keep in memory of each vector.
        """
        return self._ask(
            _requests.create_collection(
                name, dimension, metric, shard_count, replica_count, memory
            )
        )

    def list_collections(self) -> List[Collection]:
        """All collections, by name."""
        return self._ask(_requests.list_collections())

    def collection(self, name: str) -> Collection:
        """One collection."""
        return self._ask(_requests.describe_collection(name))

    def delete_collection(self, name: str) -> None:
        """Deletes a collection and all that is in it."""
        self._ask(_requests.delete_collection(name))

    # Points

    def upsert(
        self,
        collection: str,
        ids: Iterable[PointID],
        vectors: Vectors,
        payloads: Optional[Sequence[Optional[Payload]]] = None,
    ) -> int:
        """Inserts or replaces points, at most 10,000, and says how many.

        Args:
            collection: Where they go.
            ids: `n` of them.
            vectors: Of shape `(n, dimension)`; converted to float32 unless they are.
            payloads: `n` of them, each a JSON object or None.
        """
        return self._write(collection, _requests.upsert(collection, ids, vectors, payloads))

    def upload(
        self,
        collection: str,
        vectors: Vectors,
        ids: Optional[Sequence[PointID]] = None,
        payloads: Optional[Sequence[Optional[Payload]]] = None,
        *,
        batch_size: Optional[int] = None,
        window: int = 8,
        on_progress: Optional[Progress] = None,
    ) -> int:
        """Upserts any number of points in batches, several at once, and says how many.

        The first error ends it; batches that were acknowledged before stay. Of two points with one
        id in different batches either may win.

        Args:
            collection: Where they go.
            vectors: Of shape `(n, dimension)`; a memory-mapped array is read batch by batch.
            ids: `n` of them; the numbers from 0 if they are left out.
            payloads: `n` of them, each a JSON object or None.
            batch_size: How many points a request has, by default about 4 MiB of them.
            window: How many requests are under way at once, 1 to 64.
            on_progress: Told `(acknowledged, total)`, in points, after each batch; without it a bar
                is shown on a terminal.
        """
        if not 1 <= window <= MAX_WINDOW:
            raise ValueError(f"the window is {window}; it must be 1 to {MAX_WINDOW}")
        upload = Upload(collection, vectors, ids, payloads, batch_size)
        report = progress(on_progress)
        if self._repeat and upload.count:
            self._run(self._sessions.open(collection))
        batches = (
            self._batch(collection, upload, start, stop) for start, stop in upload.batches()
        )
        done = 0
        for size in self._run_all(batches, window):
            done += size
            report(done, upload.count)
        return done

    def _batch(self, collection: str, upload: Upload, start: int, stop: int) -> Steps[int]:
        yield from self._write_steps(collection, upload.request(start, stop))
        return stop - start

    def get(
        self,
        collection: str,
        ids: Iterable[PointID],
        *,
        with_payload: bool = True,
        with_vector: bool = True,
        consistency: Optional[Consistency] = None,
    ) -> List[Point]:
        """The points of these ids that exist, in the order of the ids."""
        return self._ask(
            _requests.get(collection, ids, with_payload, with_vector, consistency)
        )

    def delete(self, collection: str, ids: Iterable[PointID]) -> int:
        """Deletes points and says how many existed."""
        return self._write(collection, _requests.delete(collection, ids))

    def scroll(
        self,
        collection: str,
        *,
        after: Optional[PointID] = None,
        page_size: int = 1_000,
        with_payload: bool = True,
        with_vector: bool = False,
        consistency: Optional[Consistency] = None,
    ) -> Iterator[Point]:
        """All points that follow `after` (or all), in the order of ids, page by page.

        The order: numbers by value, then UUIDs by bytes, then texts by their UTF-8 bytes. The next
        page is on its way while this one is used. Each page is read at its own moment.

        Args:
            page_size: How many points are asked for at once, 1 to 10,000.
        """
        following: Optional[int] = None
        try:
            while True:
                request = _requests.scroll_page(
                    collection, after, page_size, with_payload, with_vector, consistency
                )
                number = self._begin(request) if following is None else following
                following = None
                page: Page = self._result(number)
                after = page.next
                if after is not None:
                    following = self._begin(
                        _requests.scroll_page(
                            collection, after, page_size, with_payload, with_vector, consistency
                        )
                    )
                yield from page.points
                if after is None:
                    return
        finally:
            if following is not None:
                self._forget(following)

    def scroll_page(
        self,
        collection: str,
        *,
        after: Optional[PointID] = None,
        limit: int = 100,
        with_payload: bool = True,
        with_vector: bool = False,
        consistency: Optional[Consistency] = None,
    ) -> Page:
        """One page of points, 1 to 10,000, for callers who keep the cursor themselves."""
        return self._ask(
            _requests.scroll_page(
                collection, after, limit, with_payload, with_vector, consistency
            )
        )

    def count(self, collection: str, *, consistency: Optional[Consistency] = None) -> int:
        """How many points a collection has."""
        return self._ask(_requests.count(collection, consistency))

    # Searching

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
    ) -> List[ScoredPoint]:
        """The nearest points of a vector, or of a point of the collection; the nearest first.

        Args:
            collection: Where.
            vector: Of shape `(dimension,)`; or
            point: the id of a point, which itself is left out.
            limit: How many, 1 to 10,000.
            ef_search: How many candidates the walk keeps, 1 to 100,000; or
            recall: which share of the true neighbours is wanted, above 0 and at most 1.
            exact: Whether to compare with every point.
        """
        return self._ask(
            _requests.search(
                collection,
                vector,
                point,
                limit,
                ef_search,
                recall,
                exact,
                with_payload,
                with_vector,
                consistency,
            )
        )

    def search_batch(
        self,
        collection: str,
        vectors: Vectors,
        *,
        limit: int = 10,
        ef_search: Optional[int] = None,
        recall: Optional[float] = None,
        exact: bool = False,
        with_payload: bool = True,
        with_vector: bool = False,
        consistency: Optional[Consistency] = None,
    ) -> List[List[ScoredPoint]]:
        """The nearest points of each of many vectors, in the order of the vectors: one request.

        Args:
            vectors: Of shape `(n, dimension)`, `n` up to 1,000.
            limit: How many of each; of all together at most 100,000.
        """
        return self._ask(
            _requests.search_batch(
                collection,
                vectors,
                limit,
                ef_search,
                recall,
                exact,
                with_payload,
                with_vector,
                consistency,
            )
        )

    def measure_recall(
        self,
        collection: str,
        *,
        samples: int = 100,
        limit: int = 10,
        ef_search: Optional[int] = None,
        recall: Optional[float] = None,
    ) -> List[ShardRecall]:
        """How well the searches of each shard find the true neighbours; seconds in large shards."""
        return self._ask(
            _requests.measure_recall(collection, samples, limit, ef_search, recall)
        )

    # The server

    def ping(self) -> Dict[str, Any]:
        """What the server speaks and takes."""
        return self._ask(_requests.ping())

    def status(self) -> Dict[str, Any]:
        """The cluster as the gateway sees it."""
        return self._ask(_requests.status())

    # Asking

    def _ask(self, request: Request[T]) -> T:
        return self._run(alone(request))

    def _write(self, collection: str, request: Request[T]) -> T:
        return self._run(self._write_steps(collection, request))

    def _write_steps(self, collection: str, request: Request[T]) -> Steps[T]:
        if self._repeat:
            return self._sessions.write(collection, request)
        return alone(request)

    def _run(self, steps: Steps[T]) -> T:
        for result in self._run_all(iter([steps]), 1):
            return result
        raise AssertionError("steps end with a result or an error")

    def _run_all(self, steps: Iterator[Steps[T]], window: int) -> Iterator[T]:
        """Takes steps from `steps`, `window` of them at once; their results as they end."""
        active: Dict[int, Steps[T]] = {}
        try:
            has_more = True
            while True:
                while has_more and len(active) < window:
                    each = next(steps, None)
                    if each is None:
                        has_more = False
                        break
                    try:
                        active[self._begin(next(each))] = each
                    except StopIteration as stop:
                        yield stop.value
                if not active:
                    return
                number = self._wait_for_any(active)
                each = active.pop(number)
                try:
                    active[self._begin(self._advance(each, self._outcomes.pop(number)))] = each
                except StopIteration as stop:
                    yield stop.value
        finally:
            for number, each in active.items():
                self._forget(number)
                each.close()

    @staticmethod
    def _advance(steps: Steps[T], outcome: Outcome) -> Request[Any]:
        if outcome.error is not None:
            return steps.throw(outcome.error)
        return steps.send(outcome.value)

    def _begin(self, request: Request[Any]) -> int:
        if self._closed:
            raise ValueError("the client is closed")
        number = self._core.start(request, time.monotonic(), self._timeout)
        self._send_due()
        return number

    def _forget(self, number: int) -> None:
        self._core.cancel(number)
        self._outcomes.pop(number, None)

    def _result(self, number: int) -> Any:
        self._wait_for_any({number: None})
        outcome = self._outcomes.pop(number)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def _wait_for_any(self, numbers: Dict[int, Any]) -> int:
        while True:
            for number in numbers:
                if number in self._outcomes:
                    return number
            self._send_due()
            if any(number in self._outcomes for number in numbers):
                continue
            self._receive(self._core.wake_at())

    def _send_due(self) -> None:
        if self._closed:
            raise ValueError("the client is closed")
        now = time.monotonic()
        for wire_id, data in self._core.due(now):
            try:
                self._socket.send(data, zmq.NOBLOCK)
            except zmq.Again:
                self._core.not_sent(wire_id, now)
        self._note_finished()

    def _receive(self, until: Optional[float]) -> None:
        """Waits for replies and takes all that are there."""
        # Rounded up, so that the time is over when nothing has come.
        left = None if until is None else max(0, math.ceil((until - time.monotonic()) * 1000))
        if self._socket.poll(left, zmq.POLLIN):
            try:
                while True:
                    self._core.receive(
                        self._socket.recv_multipart(zmq.NOBLOCK)[-1], time.monotonic()
                    )
            except zmq.Again:
                pass  # that was the last one
        self._note_finished()

    def _note_finished(self) -> None:
        for outcome in self._core.finished():
            self._outcomes[outcome.number] = outcome
