"""Measures one peer in this process and writes JSON lines; `index_peers.py` starts one for each.

A process of its own: resident memory is the peer's own, and a crash is nobody else's.
"""

import argparse
import ctypes
import gc
import importlib
import json
import os
import pathlib
import time

from . import peers
from .datasets import Dataset
from .peers.peer import LIMIT
from .truth import Judge


def resident_bytes():
    """What this process holds in memory, after free memory went back to the system."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass  # Not glibc: freed memory may be counted.
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


class Stopwatch:
    """Wall and processor seconds of this process, all of its threads."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def measured(peer, data, threads, passes):
    """The rows of one peer: builds, memory, and the points of its curve."""
    importlib.import_module(peer.package)
    before = resident_bytes()
    watch = Stopwatch()
    peer.build(data, threads[0])
    wall, cpu = watch.read()
    yield "build_seconds", wall, "s", {"threads": threads[0]}
    yield "build_cpu_seconds", cpu, "s", {"threads": threads[0]}
    yield "resident_bytes", resident_bytes() - before, "bytes", {}
    yield from curve(peer, data, passes)
    for count in threads[1:]:
        peer.close()
        watch = Stopwatch()
        peer.build(data, count)
        wall, cpu = watch.read()
        yield "build_seconds", wall, "s", {"threads": count}
        yield "build_cpu_seconds", cpu, "s", {"threads": count}
    peer.close()


def curve(peer, data, passes):
    """The best of several passes, taken in turns, so that a busy moment of the machine does not
    fall on one setting alone."""
    judge = Judge(data.base, data.queries, data.truth, data.metric, LIMIT)
    queries = peer.prepare(data.queries)
    best = {}
    recalls = {}
    for _ in range(passes):
        for setting in peer.settings:
            watch = Stopwatch()
            found = peer.search(queries, setting)
            times = watch.read()
            best[setting] = tuple(map(min, best.get(setting, times), times))
            if setting not in recalls:
                recalls[setting] = judge.recall(found)
    for setting in peer.settings:
        word = {"ef_search": str(setting)}
        wall, cpu = best[setting]
        yield "recall_at_10", recalls[setting], "share", word
        yield "qps", len(data.queries) / wall, "1/s", word
        yield "qps_cpu", len(data.queries) / cpu, "1/s", word


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--data", required=True, help="a prepared folder")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--json", required=True)
    options = parser.parse_args()
    peer = peers.create(options.peer)
    data = Dataset(options.data)
    threads = [int(count) for count in options.threads.split(",")]
    parameters = {"rows": len(data.base), "dimension": data.dimension, "limit": LIMIT}
    with open(options.json, "w") as file:
        for metric, value, unit, more in measured(peer, data, threads, options.passes):
            row = {"bench": "index", "case": data.name, "system": options.peer,
                   "metric": metric, "value": value, "unit": unit,
                   "parameters": parameters | more}
            # At once: what was measured before a crash counts.
            print(json.dumps(row), file=file, flush=True)


if __name__ == "__main__":
    main()
