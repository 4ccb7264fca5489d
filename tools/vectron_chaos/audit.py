"""What must be true when all faults are undone and the clients are quiet."""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from typing import Optional

import vectron

from . import points
from .cluster import Cluster, replicas
from .history import OK, READ, SEARCH, HistoryWriter, Operation
from .workload import Tally, Workload, read, search

# How long a healed cluster may take until it serves, and until its replicas are the same.
RECOVERY_SECONDS = 120.0
# The share of points that the graph may not find by their own marker.
_MAX_GRAPH_MISS_SHARE = 0.01
# How many queries are compared with a search of all points.
_QUERY_COUNT = 20
# An id that is no key, of a point that is near to none.
_PROBE = points.MAX_KEY_COUNT


def wait_until_served(cluster: Cluster, tally: Tally) -> Optional[float]:
    """Seconds until all nodes run and a write, a count and a search work; None if they never do."""
    begin = time.monotonic()
    reason = "nothing was asked"
    while time.monotonic() - begin < RECOVERY_SECONDS:
        down = [node.name for node in cluster.nodes() if node.pid is None]
        if not down:
            try:
                for endpoint in cluster.bridges():
                    _serve_once(endpoint)
                return time.monotonic() - begin
            except vectron.VectronError as error:
                reason = f"{error.code}: {error}"
        else:
            reason = f"{', '.join(down)} did not come back"
        time.sleep(0.3)
    tally.find(f"the cluster did not recover within {RECOVERY_SECONDS:.0f} s: {reason}")
    return None


def _serve_once(endpoint: str) -> None:
    with vectron.Client(endpoint, timeout=5) as client:
        client.count(Workload.COLLECTION)
        client.search(Workload.COLLECTION, points.marker(0), limit=1, exact=True)
        client.upsert(Workload.COLLECTION, [_PROBE], [[9.0] * points.DIMENSION])
        client.delete(Workload.COLLECTION, [_PROBE])


def audit(
    cluster: Cluster, workload: Workload, history: HistoryWriter, generator: random.Random
) -> int:
    """Reads and searches every key, and compares the whole with what was read.

    What it reads goes into the history, whose check says whether it may be there.

    Returns:
        How many keys hold a value.
    """
    live: dict[int, str] = {}
    process = workload.next_process()
    tally = workload.tally
    with vectron.Client(cluster.bridges()[0], timeout=60) as client:
        # Whether the last probe's delete was done may be unknown.
        client.delete(Workload.COLLECTION, [_PROBE])
        for index in range(workload.pool.used):
            for op in (READ, SEARCH):
                start = time.monotonic_ns()
                if op == READ:
                    value = read(client, index, tally)
                else:
                    value = search(client, index, tally, exact=True)
                end = time.monotonic_ns()
                history.append(
                    Operation(process, op, points.key(index), value, start, end, OK)
                )
                if op == READ and value is not None:
                    live[index] = value
                elif op == SEARCH and value != live.get(index):
                    name = points.key(index)
                    tally.find(f"{name} is {live.get(index)} by its id and {value} by its marker")
        _compare(client, live, tally, generator)
    return len(live)


def _compare(
    client: vectron.Client, live: dict[int, str], tally: Tally, generator: random.Random
) -> None:
    count = client.count(Workload.COLLECTION)
    if count != len(live):
        tally.find(f"the collection counts {count} points, and {len(live)} can be read")

    vectors = {index: points.vector_of(index, value) for index, value in live.items()}
    missed = []
    for index, vector in vectors.items():
        # By what is its own: of equal distances to its marker, from rows of its former values, a
        # walk may keep others.
        found = client.search(Workload.COLLECTION, vector, limit=1)
        if [point.id for point in found] != [index]:
            missed.append(points.key(index))
    if len(missed) > max(1, _MAX_GRAPH_MISS_SHARE * len(live)):
        tally.find(f"the graph does not find {len(missed)} of {len(live)}: {missed[:10]}")

    for _ in range(_QUERY_COUNT):
        query = [generator.uniform(-1, 1) for _ in range(points.DIMENSION)]
        distances = {
            index: math.dist(query, vector) for index, vector in vectors.items()
        }
        found = client.search(Workload.COLLECTION, query, limit=10, exact=True)
        best = sorted(distances.values())[:10]
        # The server computes with fewer digits: equal distances may come in any order.
        if len(found) != len(best) or any(
            abs(distances.get(_index(point.id), math.inf) - distance) > 1e-3
            for point, distance in zip(found, best)
        ):
            tally.find(f"an exact search found {[point.id for point in found]}: not the nearest")


def _index(point: vectron.PointID) -> int:
    return point if isinstance(point, int) else -1


def compare_replicas(cluster: Cluster, tally: Tally) -> Optional[str]:
    """Waits until the replicas of each shard are at one index, and compares their hashes.

    Returns:
        What could be compared, in words.
    """
    begin = time.monotonic()
    while True:
        shards: dict[object, list[tuple[str, object, object]]] = defaultdict(list)
        for worker, shard in replicas(cluster.status() or {}):
            index = shard.get("applied_index", shard.get("appliedIndex"))
            digest = shard.get("state_hash", shard.get("stateHash"))
            shards[shard.get("id")].append((worker, index, digest))
        apart = [shard for shard, each in shards.items() if len({index for _, index, _ in each}) > 1]
        if shards and not apart:
            break
        if time.monotonic() - begin > RECOVERY_SECONDS:
            tally.find(f"the replicas of shards {apart} did not come to one index")
            return None
        time.sleep(0.5)
    for number, each in shards.items():
        if len({digest for _, _, digest in each}) > 1:
            tally.find(f"the replicas of shard {number} differ: {each}")
    if all(digest is None for each in shards.values() for _, _, digest in each):
        return "the status tells no hashes of replicas"
    return f"{sum(len(each) for each in shards.values())} replicas of {len(shards)} shards are equal"
