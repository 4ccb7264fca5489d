"""The exact nearest rows, and recall by distance."""

import numpy as np

from .datasets import EUCLID

TOLERANCE = 1e-5
"""How much farther than the true k-th neighbour a hit may be: duplicates and ties are no misses."""

ROWS_PER_BLOCK = 16_384
SPARE_CANDIDATES = 64
"""Single precision ranks candidates, double precision decides among this many more than asked."""


def exact_neighbors(base, queries, metric, limit=100):
    """Of each query the rows of its `limit` nearest, nearest first, equal distances by row."""
    limit = min(limit, len(base))
    wanted = min(limit + SPARE_CANDIDATES, len(base))
    best_rows = np.empty((len(queries), 0), np.int64)
    best_keys = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(base), ROWS_PER_BLOCK):
        block = base[start : start + ROWS_PER_BLOCK].astype(np.float32)
        keys = -(queries.astype(np.float32) @ block.T)
        if metric == EUCLID:
            # The query's own length shifts every row alike.
            keys = 2 * keys + np.einsum("rd,rd->r", block, block)
        rows = np.broadcast_to(np.arange(start, start + len(block)), keys.shape)
        best_keys = np.hstack([best_keys, keys])
        best_rows = np.hstack([best_rows, rows])
        if best_keys.shape[1] > wanted:
            kept = np.argpartition(best_keys, wanted - 1, axis=1)[:, :wanted]
            best_keys = np.take_along_axis(best_keys, kept, axis=1)
            best_rows = np.take_along_axis(best_rows, kept, axis=1)
    found = np.empty((len(queries), limit), np.int32)
    for position, query in enumerate(queries):
        rows = best_rows[position]
        order = np.lexsort((rows, distances(query[None], base[rows][None], metric)[0]))
        found[position] = rows[order[:limit]]
    return found


def distances(queries, rows, metric):
    """Of each query to its own rows, in double precision: every system is judged by the same.

    Shapes: queries `[q, d]`, rows `[q, r, d]`; gives `[q, r]`.
    """
    queries = queries.astype(np.float64)
    rows = rows.astype(np.float64)
    if metric == EUCLID:
        return ((rows - queries[:, None]) ** 2).sum(axis=2)
    return 1 - np.einsum("qrd,qd->qr", rows, queries)


class Judge:
    """Scores what searches found: a hit is a row no farther than the true k-th neighbour."""

    def __init__(self, base, queries, truth, metric, limit=10):
        self.base, self.queries, self.metric, self.limit = base, queries, metric, limit
        last = truth[:, limit - 1]
        farthest = distances(queries, base[last][:, None], metric)[:, 0]
        self.bounds = farthest + np.abs(farthest) * TOLERANCE

    def recall(self, found):
        """The share of hits; a negative row stands for one that was not found."""
        found = np.asarray(found)[:, : self.limit].astype(np.int64)
        hits = 0
        for position, rows in enumerate(found):
            rows = np.unique(rows[(rows >= 0) & (rows < len(self.base))])
            query = self.queries[position][None]
            near = distances(query, self.base[rows][None], self.metric)[0]
            hits += int((near <= self.bounds[position]).sum())
        return hits / (len(self.queries) * self.limit)
