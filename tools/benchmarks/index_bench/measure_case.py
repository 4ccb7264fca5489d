"""Measures one peer in one of the other cases; `cases` starts a process for each."""

import argparse
import importlib
import json
import pathlib

import numpy as np

from . import peers
from .datasets import Dataset
from .measure import Stopwatch, curve, resident_bytes
from .peers.peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS
from .truth import Judge

WIDTHS = (32, 64, 128)
"""Where rounds of churn are compared."""


def batch(peer, data, plan, passes):
    """The whole curve with one call for all queries, and with one call for each."""
    peer.build(data, 1)
    for row in curve(peer, data, passes):
        yield ("one call", *row)
    at_once = peer.search

    def one_by_one(queries, setting):
        return np.concatenate([at_once(queries[position : position + 1], setting)
                               for position in range(len(queries))])

    peer.search = one_by_one
    for row in curve(peer, data, passes):
        yield ("one by one", *row)


def filtered(peer, data, plan, passes):
    """Of each variant the whole curve; the column is the rows' payload."""
    from .peers.filters import filtered_peer

    built = None
    for number, variant in enumerate(json.loads((plan / "variants.json").read_text())):
        column, ranges, truth = (
            np.load(plan / f"{name}-{number}.npy") for name in ("column", "range", "gt"))
        selective = filtered_peer(peer, column, ranges)
        if built is None or (column != built).any():
            selective.build(data, 1)
            built = column
        judge = Judge(data.base, data.queries, truth, data.metric, LIMIT)
        for row in curve(selective, data, passes, judge):
            yield (variant, *row)
    selective.close()


def churn(peer, data, plan, passes):
    """What each round finds at fixed widths, and what it takes."""
    before = resident_bytes()
    index = CHURNED[peer.package](data, plan)
    for position in range(len(list(plan.glob("gt-*.npy")))):
        watch = Stopwatch()
        if position > 0:
            index.replace(np.load(plan / f"removed-{position}.npy"),
                          np.load(plan / f"added-{position}.npy"))
        seconds, _ = watch.read()
        truth = np.load(plan / f"gt-{position}.npy")
        judge = Judge(data.base, data.queries, truth, data.metric, LIMIT)
        variant = f"round {position}"
        for width in WIDTHS:
            watch = Stopwatch()
            found = index.search(data.queries, width)
            wall, _ = watch.read()
            yield variant, f"recall_ef_{width}", judge.recall(found), "share", {}
            yield variant, f"qps_ef_{width}", len(data.queries) / wall, "1/s", {}
        yield variant, "update_seconds", seconds if position else 0, "s", {}
        yield variant, "resident_megabytes", (resident_bytes() - before) / 1e6, "MB", {}


class ChurnedHnswlib:
    """Removed slots are given to those that come."""

    def __init__(self, data, plan):
        import hnswlib

        initial = np.load(plan / "initial.npy")
        self.base = data.base
        self.index = hnswlib.Index(
            space="l2" if data.metric == "euclid" else "ip", dim=data.dimension)
        self.index.init_index(
            max_elements=len(initial), M=MAX_LINKS, ef_construction=EF_CONSTRUCTION,
            random_seed=100, allow_replace_deleted=True)
        self.index.add_items(self.base[initial], initial, num_threads=1)

    def replace(self, removed, added):
        for point in removed:
            self.index.mark_deleted(point)
        self.index.add_items(self.base[added], added, num_threads=1, replace_deleted=True)

    def search(self, queries, width):
        self.index.set_ef(width)
        return self.index.knn_query(queries, k=LIMIT, num_threads=1)[0]


class ChurnedUsearch:
    """Removed keys are marked; slots are used again by the library itself."""

    def __init__(self, data, plan):
        initial = np.load(plan / "initial.npy")
        self.base = data.base
        self.index = usearch_index(data)
        self.index.add(initial.astype(np.uint64), self.base[initial], threads=1)

    def replace(self, removed, added):
        self.index.remove(removed.astype(np.uint64))
        self.index.add(added.astype(np.uint64), self.base[added], threads=1)

    def search(self, queries, width):
        self.index.expansion_search = width
        return self.index.search(queries, LIMIT, threads=1).keys


CHURNED = {"hnswlib": ChurnedHnswlib, "usearch.index": ChurnedUsearch}


def usearch_index(data):
    from usearch.index import Index

    metric = {"euclid": "l2sq", "cosine": "cos"}.get(data.metric, "ip")
    return Index(ndim=data.dimension, metric=metric, dtype="f32", connectivity=MAX_LINKS,
                 expansion_add=EF_CONSTRUCTION)


KINDS = {"batch": batch, "filtered": filtered, "churn": churn}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=sorted(KINDS), required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--data", required=True, help="a prepared folder")
    parser.add_argument("--plan", required=True, type=pathlib.Path)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--json", required=True)
    options = parser.parse_args()
    peer = peers.create(options.peer)
    importlib.import_module(peer.package)
    data = Dataset(options.data)
    parameters = {"rows": len(data.base), "dimension": data.dimension, "limit": LIMIT}
    with open(options.json, "w") as file:
        for variant, metric, value, unit, more in KINDS[options.case](
                peer, data, options.plan, options.passes):
            row = {"bench": f"index-{options.case}", "case": data.name, "system": options.peer,
                   "variant": variant, "metric": metric, "value": value, "unit": unit,
                   "parameters": parameters | more}
            print(json.dumps(row), file=file, flush=True)


if __name__ == "__main__":
    main()
