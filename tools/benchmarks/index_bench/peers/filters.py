"""Peers that search under a filter: a range of a number that each row has."""

import numpy as np

from .faiss_indexes import FaissHNSW
from .peer import LIMIT


def filtered_peer(peer, column, ranges):
    """The peer with a filter for each query, in its own way."""
    kind = FilteredFaiss if isinstance(peer, FaissHNSW) else FilteredQdrant
    return kind(peer, column, ranges)


class Filtered:
    """Queries are numbered, so that each meets its filter."""

    def __init__(self, peer, column, ranges):
        self.peer, self.column, self.ranges = peer, column, ranges
        self.settings = peer.settings[::2]

    def close(self):
        self.peer.close()


class FilteredFaiss(Filtered):
    """A bitmap made beforehand for each filter."""

    def build(self, data, threads):
        self.peer.build(data, threads)

    def prepare(self, queries):
        import faiss

        groups = []
        self.bitmaps = []
        for first, end in np.unique(self.ranges, axis=0):
            members = np.flatnonzero((self.ranges == (first, end)).all(axis=1))
            accepted = (self.column >= first) & (self.column < end)
            self.bitmaps.append(np.packbits(accepted, bitorder="little"))
            groups.append((members, queries[members],
                           faiss.IDSelectorBitmap(self.bitmaps[-1])))
        return groups

    def search(self, groups, setting):
        import faiss

        found = np.full((len(self.ranges), LIMIT), -1, np.int64)
        for members, queries, selector in groups:
            parameters = faiss.SearchParametersHNSW(efSearch=setting, sel=selector)
            found[members] = self.peer.index.search(queries, LIMIT, params=parameters)[1]
        return found


class FilteredQdrant(Filtered):
    """An integer field with an index; the graph has links for it."""

    def build(self, data, threads):
        self.peer.payload = lambda row: {"number": int(self.column[row])}
        self.peer.indexed_field = "number"
        self.peer.full_scan_kilobytes = 10_000  # its default
        self.peer.build(data, threads)

    def prepare(self, queries):
        import qdrant_edge as edge

        plain = self.peer.prepare(queries)
        filters = [edge.Filter(must=[edge.FieldCondition(
            "number", range=edge.RangeFloat(gte=float(first), lt=float(end)))])
            for first, end in self.ranges]
        return list(zip(plain, filters))

    def search(self, queries, setting):
        import qdrant_edge as edge

        parameters = self.peer.parameters(edge, setting)
        found = np.full((len(queries), LIMIT), -1, np.int64)
        for position, (query, wanted) in enumerate(queries):
            points = self.peer.index.search(
                edge.SearchRequest(query, LIMIT, filter=wanted, params=parameters))
            found[position, : len(points)] = [point.id for point in points]
        return found
