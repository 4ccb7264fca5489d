"""Measures peers of the index (hnswlib) on a dataset and prints the same JSON lines as index-bench."""

import argparse
import gc
import json
import math
import os
import pathlib
import sys
import time

import numpy as np

LIMIT = 10
METRICS = {"cosine": "ip", "angular": "ip", "dot": "ip", "ip": "ip",
           "l2": "l2", "euclid": "l2", "euclidean": "l2"}


def unit(vectors):
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float32)


def load(options):
    folder = pathlib.Path(options.dataset)
    truth_folder = pathlib.Path(options.ground_truth or options.dataset)
    meta = json.loads((folder / "meta.json").read_text())
    metric = meta.get("metric") or meta.get("dist")
    full = folder / "base.npy"
    base = np.load(full if full.exists() else folder / "base_f16.npy")[: options.rows]
    base = base.astype(np.float32)
    queries = np.load(folder / "queries.npy").astype(np.float32)
    if metric in ("cosine", "angular"):
        base, queries = unit(base), unit(queries)
    truth = np.load(truth_folder / "gt100.npy")
    return truth_folder.resolve().name, METRICS[metric], base, queries, truth


def distances(space, query, rows):
    """Double precision, from the vectors: every system is judged by the same numbers."""
    query, rows = query.astype(np.float64), rows.astype(np.float64)
    return ((rows - query) ** 2).sum(axis=1) if space == "l2" else 1 - rows @ query


def recall(space, base, queries, truth, found):
    hits = 0
    for query, true_rows, rows in zip(queries, truth, found):
        farthest = distances(space, query, base[[true_rows[LIMIT - 1]]])[0]
        bound = farthest + abs(farthest) * 1e-5
        hits += int((distances(space, query, base[rows]) <= bound).sum())
    return hits / (len(queries) * LIMIT)


def resident_bytes():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def at_recall(points, wanted):
    """Log-linear between the measured points on either side."""
    for position, (_, found, speed) in enumerate(points):
        if found >= wanted:
            if position == 0:
                return speed
            _, low, low_speed = points[position - 1]
            share = (wanted - low) / (found - low)
            return math.exp(math.log(low_speed) + share * (math.log(speed) - math.log(low_speed)))
    return None


def hnswlib_rows(options, name, space, base, queries, truth):
    import hnswlib

    parameters = {"rows": len(base), "dimension": base.shape[1], "limit": LIMIT,
                  "max_links": options.max_links, "ef_construction": options.ef_construction,
                  "threads": 1}

    def row(metric, value, unit_name, **more):
        return {"bench": "index", "case": name, "system": "hnswlib", "metric": metric,
                "value": value, "unit": unit_name, "parameters": parameters | more}

    gc.collect()
    before = resident_bytes()
    index = hnswlib.Index(space=space, dim=base.shape[1])
    index.init_index(max_elements=len(base), M=options.max_links,
                     ef_construction=options.ef_construction, random_seed=100)
    index.set_num_threads(1)
    start = time.perf_counter()
    index.add_items(base, num_threads=1)
    yield row("build_seconds", time.perf_counter() - start, "s")
    yield row("resident_bytes", resident_bytes() - before, "bytes")

    widths = sorted(int(ef) for ef in options.ef.split(","))
    best = {ef: math.inf for ef in widths}
    recalls = {}
    for _ in range(options.passes):
        for ef in widths:
            index.set_ef(ef)
            start = time.perf_counter()
            found, _ = index.knn_query(queries, k=LIMIT, num_threads=1)
            best[ef] = min(best[ef], time.perf_counter() - start)
            if ef not in recalls:
                recalls[ef] = recall(space, base, queries, truth, found)
    points = [(ef, recalls[ef], len(queries) / best[ef]) for ef in widths]
    for ef, found, speed in points:
        yield row("recall_at_10", found, "share", ef_search=ef)
        yield row("qps", speed, "1/s", ef_search=ef)
    for wanted in ("0.90", "0.95", "0.99"):
        speed = at_recall(points, float(wanted))
        if speed is not None:
            yield row(f"qps_at_recall_{wanted}", speed, "1/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--ground-truth")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--json")
    parser.add_argument("--ef", default="10,12,14,16,20,24,28,32,40,48,64,80,96,128,160,200,256,320")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--max-links", type=int, default=16)
    parser.add_argument("--ef-construction", type=int, default=200)
    options = parser.parse_args()
    dataset = load(options)
    lines = []
    for row in hnswlib_rows(options, *dataset):
        lines.append(json.dumps(row))
        print(lines[-1], flush=True)
    if options.json:
        pathlib.Path(options.json).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    try:
        main()
    except ImportError as error:
        sys.exit(f"index_peers: hnswlib cannot be had: {error}")
