"""Concurrent clients that note all they see."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from typing import Callable, Optional, Sequence

import vectron

from . import points
from .history import DELETE, FAIL, OK, READ, SEARCH, UNKNOWN, WRITE, HistoryWriter, Operation

# What was refused: nothing was done, and nothing will be.
_REFUSED = (
    vectron.InvalidArgument,
    vectron.NotFound,
    vectron.TooLarge,
    vectron.EpochNotMatch,
    vectron.Overloaded,
    vectron.Unavailable,
)


class Tally:
    """What has happened so far, for progress and for the report; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.results: Counter[tuple[str, str]] = Counter()
        self.errors: Counter[str] = Counter()
        self.findings: list[str] = []
        self.graph_misses = 0
        self.longest_gap = 0.0
        self._last_write = time.monotonic()

    def note(self, op: str, result: str, error: Optional[BaseException] = None) -> None:
        """Counts an operation."""
        with self._lock:
            self.results[op, result] += 1
            if error is not None:
                self.errors[getattr(error, "code", type(error).__name__)] += 1
            if result == OK and op in (WRITE, DELETE):
                self._end_gap()

    def note_graph_miss(self) -> None:
        """Counts a search of the graph that did not find what was there: it may."""
        with self._lock:
            self.graph_misses += 1

    def find(self, text: str) -> None:
        """Notes what must never be."""
        with self._lock:
            self.findings.append(text)

    def begin_writes(self) -> None:
        """From now on writes are expected."""
        with self._lock:
            self._last_write = time.monotonic()

    def end_writes(self) -> None:
        """From now on no writes are expected."""
        with self._lock:
            self._end_gap()

    def total(self, result: Optional[str] = None) -> int:
        """How many operations had this result."""
        with self._lock:
            return sum(
                count for (_, each), count in self.results.items() if result in (None, each)
            )

    def acknowledged_writes(self) -> int:
        """How many changes were acknowledged."""
        with self._lock:
            return self.results[WRITE, OK] + self.results[DELETE, OK]

    def _end_gap(self) -> None:
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self._last_write)
        self._last_write = now


class Workload:
    """Clients in threads, on one pool of keys."""

    COLLECTION = "chaos"

    def __init__(
        self,
        endpoints: Sequence[str],
        history: HistoryWriter,
        *,
        seed: int,
        client_count: int,
        key_count: int,
        pause: float,
        timeout: float,
    ) -> None:
        self.pool = points.KeyPool(key_count)
        self.tally = Tally()
        self._processes = itertools.count()
        self._stop = threading.Event()
        self._threads = [
            _ClientThread(
                self, endpoints, history, random.Random(f"{seed} client {number}"), pause, timeout
            )
            for number in range(client_count)
        ]

    def start(self) -> None:
        """Starts all clients."""
        self.tally.begin_writes()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Lets each client finish its request."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.tally.end_writes()

    @property
    def stopping(self) -> bool:
        """Whether clients should end."""
        return self._stop.is_set()

    def next_process(self) -> int:
        """A number for a process of the history. Whoever does not know an outcome becomes another
        process: that operation may still be under way."""
        return next(self._processes)


class _ClientThread(threading.Thread):
    def __init__(
        self,
        workload: Workload,
        endpoints: Sequence[str],
        history: HistoryWriter,
        generator: random.Random,
        pause: float,
        timeout: float,
    ) -> None:
        super().__init__(daemon=True)
        self._workload = workload
        self._tally = workload.tally
        self._endpoints = list(endpoints)
        self._history = history
        self._random = generator
        self._pause = pause
        self._timeout = timeout
        self._process = workload.next_process()
        self._values = itertools.count()
        self._client: Optional[vectron.Client] = None

    def run(self) -> None:
        actions: list[Callable[[], bool]] = [
            self._write, self._write_several, self._remove, self._read, self._search,
            self._search_graph,
        ]
        weights = [42, 4, 10, 20, 19, 5]
        try:
            while not self._workload.stopping:
                action = self._random.choices(actions, weights)[0]
                pause = self._random.expovariate(1 / self._pause)
                # Nobody hammers at a cluster that cannot answer.
                time.sleep(min(pause, 1) if action() else max(pause, 0.05))
        except BaseException as error:  # a thread that ends unseen would look like success
            self._tally.find(f"a client ended: {type(error).__name__}: {error}")
            raise
        finally:
            if self._client is not None:
                self._client.close()

    # Each action says whether it was answered.

    def _write(self) -> bool:
        return self._upsert(self._workload.pool.pick(self._random))

    def _write_several(self) -> bool:
        return self._upsert(self._workload.pool.pick(self._random, 3))

    def _upsert(self, indices: list[int]) -> bool:
        values = [f"{self._process}-{next(self._values)}" for _ in indices]
        vectors = [points.vector_of(*each) for each in zip(indices, values)]
        payloads = [{"key": points.key(i), "value": v} for i, v in zip(indices, values)]
        return self._change(
            WRITE, indices, values,
            lambda client: client.upsert(Workload.COLLECTION, indices, vectors, payloads),
        )

    def _remove(self) -> bool:
        indices = self._workload.pool.pick(self._random)
        return self._change(
            DELETE, indices, [None], lambda client: client.delete(Workload.COLLECTION, indices)
        )

    def _change(
        self,
        op: str,
        indices: list[int],
        values: Sequence[Optional[str]],
        request: Callable[[vectron.Client], object],
    ) -> bool:
        start = time.monotonic_ns()
        result, failure = OK, None
        try:
            request(self._connected())
        except vectron.VectronError as error:
            # Of several points, in several shards, some may have been written.
            refused = isinstance(error, _REFUSED) and len(indices) == 1
            result, failure = (FAIL if refused else UNKNOWN), error
        end = time.monotonic_ns()
        self._history.append(
            *(
                Operation(self._process, op, points.key(index), value, start, end, result)
                for index, value in zip(indices, values)
            )
        )
        self._tally.note(op, result, failure)
        if result == UNKNOWN:
            for index in indices:
                self._workload.pool.note_unknown(index)
            self._process = self._workload.next_process()
        if result != OK:
            self._disconnect()
        return result == OK

    def _read(self) -> bool:
        [index] = self._workload.pool.pick(self._random)
        return self._look(READ, index, lambda client: read(client, index, self._tally))

    def _search(self) -> bool:
        [index] = self._workload.pool.pick(self._random)
        return self._look(
            SEARCH, index, lambda client: search(client, index, self._tally, exact=True)
        )

    def _search_graph(self) -> bool:
        [index] = self._workload.pool.pick(self._random)
        return self._look(
            SEARCH, index, lambda client: search(client, index, self._tally, exact=False)
        )

    def _look(
        self, op: str, index: int, request: Callable[[vectron.Client], Optional[str]]
    ) -> bool:
        start = time.monotonic_ns()
        try:
            value = request(self._connected())
        except vectron.VectronError as error:
            self._tally.note(op, FAIL, error)
            self._disconnect()
            return False
        except NotInGraph:
            self._tally.note_graph_miss()
            return True
        end = time.monotonic_ns()
        self._history.append(
            Operation(self._process, op, points.key(index), value, start, end, OK)
        )
        self._tally.note(op, OK)
        return True

    # Connections: another gateway after every failure.

    def _connected(self) -> vectron.Client:
        if self._client is None:
            endpoint = self._random.choice(self._endpoints)
            # What the client repeated could happen twice, which no single operation does.
            self._client = vectron.Client(endpoint, timeout=self._timeout, repeat=False)
        return self._client

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class NotInGraph(Exception):
    """An approximate search did not find a key, which says nothing."""


def read(client: vectron.Client, index: int, tally: Tally) -> Optional[str]:
    """The value of a key, by its id."""
    found = client.get(Workload.COLLECTION, [index])
    if len(found) > 1:
        tally.find(f"{points.key(index)} is there {len(found)} times")
    return checked_value(found[0], index, tally) if found else None


def search(
    client: vectron.Client, index: int, tally: Tally, *, exact: bool
) -> Optional[str]:
    """The value of a key, by its marker: the nearest point, or none has its id."""
    found = client.search(
        Workload.COLLECTION, points.marker(index), limit=3, exact=exact, with_vector=True
    )
    ids = [point.id for point in found]
    if len(set(ids)) < len(ids):
        tally.find(f"the search for {points.key(index)} found a point twice: {ids}")
    if index not in ids:
        if not exact:
            raise NotInGraph()
        return None
    if ids[0] != index:
        tally.find(f"the search for {points.key(index)} found {ids[0]} before it")
    return checked_value(found[ids.index(index)], index, tally)


def checked_value(
    point: vectron.Point | vectron.ScoredPoint, index: int, tally: Tally
) -> Optional[str]:
    """The value of a point, whose payload and vector must be of one write."""
    payload = point.payload or {}
    value = payload.get("value")
    if point.id != index or payload.get("key") != points.key(index) or value is None:
        tally.find(f"{points.key(index)} came back as {point.id} with {payload}")
    elif point.vector is None or list(point.vector) != list(points.vector_of(index, value)):
        tally.find(f"{points.key(index)} has the payload of {value} and another vector")
    return value
