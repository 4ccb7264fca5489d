"""The client for programs with an event loop."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, AsyncIterator, Dict, Iterable, List, Optional, Sequence, Set, Type, TypeVar
from typing import Union

import zmq

from . import _requests
from ._connection import MAX_WINDOW, CurveKeys, Endpoints, checked, prepare
from ._core import Core
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


class AsyncClient:
    """Talks to the gateways of one cluster; an async context manager, or in use until `close()`.

    ```python
    async with AsyncClient("tcp://127.0.0.1:7601") as db:
        found = await db.search("films", [0.9, 0.1, 0], limit=1)
        async for point in db.scroll("films"):
            print(point.id)
    ```

    What `Client` does, with `await`; any number of tasks may call at once. It belongs to one event
    loop.
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
        """See `Client`; it connects at the first request."""
        self._endpoints = checked(endpoint, timeout)
        self._timeout = timeout
        self._keys = keys
        self._repeat = repeat
        self._core = Core(key=key, repeat=repeat)
        self._sessions = Sessions(time.monotonic)
        self._futures: Dict[int, asyncio.Future[Any]] = {}
        self._context = zmq.Context()
        self._socket: Optional[zmq.Socket[bytes]] = None
        # Runs until `close()`, which waits for it.
        self._task: Optional[asyncio.Task[None]] = None
        self._kicked = asyncio.Event()
        self._closed = False

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connections; calls that are under way fail."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail(ValueError("the client is closed"))
        if self._socket is not None and not self._socket.closed:
            asyncio.get_running_loop().remove_reader(self._socket.FD)
            self._socket.close()
        self._context.term()

    # Collections

    async def create_collection(
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
        return await self._ask(
            _requests.create_collection(
                name, dimension, metric, shard_count, replica_count, memory
            )
        )

    async def list_collections(self) -> List[Collection]:
        """All collections, by name."""
        return await self._ask(_requests.list_collections())

    async def collection(self, name: str) -> Collection:
        """One collection."""
        return await self._ask(_requests.describe_collection(name))

    async def delete_collection(self, name: str) -> None:
        """Deletes a collection and all that is in it."""
        await self._ask(_requests.delete_collection(name))

    # Points

    async def upsert(
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
        return await self._write(collection, _requests.upsert(collection, ids, vectors, payloads))

    async def upload(
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
            await self._run(self._sessions.open(collection))
        done = 0
        active: Set[asyncio.Task[int]] = set()
        try:
            for start, stop in upload.batches():
                if len(active) == window:
                    done += await self._first(active)
                    report(done, upload.count)
                active.add(asyncio.ensure_future(self._batch(collection, upload, start, stop)))
            while active:
                done += await self._first(active)
                report(done, upload.count)
        finally:
            for task in active:
                task.cancel()
            await asyncio.gather(*active, return_exceptions=True)
        return done

    @staticmethod
    async def _first(active: Set[asyncio.Task[int]]) -> int:
        """What the first of the tasks that ends gives."""
        ended, _ = await asyncio.wait(active, return_when=asyncio.FIRST_COMPLETED)
        task = next(iter(ended))
        active.remove(task)
        return task.result()

    async def _batch(self, collection: str, upload: Upload, start: int, stop: int) -> int:
        await self._write(collection, upload.request(start, stop))
        return stop - start

    async def get(
        self,
        collection: str,
        ids: Iterable[PointID],
        *,
        with_payload: bool = True,
        with_vector: bool = True,
        consistency: Optional[Consistency] = None,
    ) -> List[Point]:
        """The points of these ids that exist, in the order of the ids."""
        return await self._ask(
            _requests.get(collection, ids, with_payload, with_vector, consistency)
        )

    async def delete(self, collection: str, ids: Iterable[PointID]) -> int:
        """Deletes points and says how many existed."""
        return await self._write(collection, _requests.delete(collection, ids))

    async def scroll(
        self,
        collection: str,
        *,
        after: Optional[PointID] = None,
        page_size: int = 1_000,
        with_payload: bool = True,
        with_vector: bool = False,
        consistency: Optional[Consistency] = None,
    ) -> AsyncIterator[Point]:
        """All points that follow `after` (or all), in the order of ids, page by page.

        The order: numbers by value, then UUIDs by bytes, then texts by their UTF-8 bytes. The next
        page is on its way while this one is used. Each page is read at its own moment.

        Args:
            page_size: How many points are asked for at once, 1 to 10,000.
        """
        following: Optional[asyncio.Task[Page]] = None
        try:
            while True:
                if following is None:
                    following = self._page(
                        collection, after, page_size, with_payload, with_vector, consistency
                    )
                page = await following
                following = None
                after = page.next
                if after is not None:
                    following = self._page(
                        collection, after, page_size, with_payload, with_vector, consistency
                    )
                for point in page.points:
                    yield point
                if after is None:
                    return
        finally:
            if following is not None:
                following.cancel()

    def _page(
        self,
        collection: str,
        after: Optional[PointID],
        limit: int,
        with_payload: bool,
        with_vector: bool,
        consistency: Optional[Consistency],
    ) -> asyncio.Task[Page]:
        # Whoever scrolls waits for it.
        return asyncio.ensure_future(
            self._ask(
                _requests.scroll_page(
                    collection, after, limit, with_payload, with_vector, consistency
                )
            )
        )

    async def scroll_page(
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
        return await self._ask(
            _requests.scroll_page(
                collection, after, limit, with_payload, with_vector, consistency
            )
        )

    async def count(self, collection: str, *, consistency: Optional[Consistency] = None) -> int:
        """How many points a collection has."""
        return await self._ask(_requests.count(collection, consistency))

    # Searching

    async def search(
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
        return await self._ask(
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

    async def search_batch(
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
        return await self._ask(
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

    async def measure_recall(
        self,
        collection: str,
        *,
        samples: int = 100,
        limit: int = 10,
        ef_search: Optional[int] = None,
        recall: Optional[float] = None,
    ) -> List[ShardRecall]:
        """How well the searches of each shard find the true neighbours; seconds in large shards."""
        return await self._ask(
            _requests.measure_recall(collection, samples, limit, ef_search, recall)
        )

    # The server

    async def ping(self) -> Dict[str, Any]:
        """What the server speaks and takes."""
        return await self._ask(_requests.ping())

    async def status(self) -> Dict[str, Any]:
        """The cluster as the gateway sees it."""
        return await self._ask(_requests.status())

    # Asking

    async def _ask(self, request: Request[T]) -> T:
        return await self._run(alone(request))

    async def _write(self, collection: str, request: Request[T]) -> T:
        if self._repeat:
            return await self._run(self._sessions.write(collection, request))
        return await self._ask(request)

    async def _run(self, steps: Steps[T]) -> T:
        try:
            request = next(steps)
            while True:
                try:
                    value = await self._call(request)
                except Exception as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(value)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            steps.close()

    async def _call(self, request: Request[Any]) -> Any:
        self._start()
        number = self._core.start(request, time.monotonic(), self._timeout)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._futures[number] = future
        self._kicked.set()
        try:
            return await future
        finally:
            self._core.cancel(number)
            self._futures.pop(number, None)

    def _start(self) -> None:
        if self._closed:
            raise ValueError("the client is closed")
        if self._socket is not None:
            return
        socket = self._context.socket(zmq.DEALER)
        try:
            prepare(socket, self._endpoints, self._keys)
        except BaseException:
            socket.close()
            raise
        self._socket = socket
        asyncio.get_running_loop().add_reader(socket.FD, self._kicked.set)
        self._task = asyncio.ensure_future(self._exchange(socket))
        self._task.add_done_callback(self._note_end)

    async def _exchange(self, socket: zmq.Socket[bytes]) -> None:
        """Sends what is due and takes what has come, whenever there is a reason to look."""
        while True:
            self._kicked.clear()
            now = time.monotonic()
            for wire_id, data in self._core.due(now):
                try:
                    socket.send(data, zmq.NOBLOCK)
                except zmq.Again:
                    self._core.not_sent(wire_id, now)
            # After each use of the socket: its file descriptor tells of news once, and a send may
            # have taken them. An error may be a reason to send again.
            if self._take(socket):
                continue
            self._deliver()
            wake_at = self._core.wake_at()
            left = None if wake_at is None else max(0.0, wake_at - time.monotonic())
            try:
                await asyncio.wait_for(self._kicked.wait(), left)
            except asyncio.TimeoutError:
                pass  # something is due

    def _take(self, socket: zmq.Socket[bytes]) -> bool:
        """Takes all replies that are there, and says whether there was one."""
        has_taken = False
        while True:
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return has_taken
            self._core.receive(frames[-1], time.monotonic())
            has_taken = True

    def _deliver(self) -> None:
        for outcome in self._core.finished():
            future = self._futures.get(outcome.number)
            if future is None or future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.value)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        for future in self._futures.values():
            if not future.done():
                future.set_exception(error)
