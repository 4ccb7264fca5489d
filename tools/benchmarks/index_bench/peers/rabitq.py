"""Indexes of the RaBitQ library: SymphonyQG, a graph on codes, inverted files on codes."""

import math

import numpy as np

from ..datasets import EUCLID
from .peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS, Peer


def metric(data):
    return "l2" if data.metric == EUCLID else "ip"


class SymphonyQG(Peer):
    """Each node holds the 1-bit codes of its neighbours; the vectors beside them decide."""

    package = "rabitqlib"
    bits = 0
    settings = (10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400)

    def build(self, data, threads):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex(
            data.dimension, 2 * MAX_LINKS, metric=metric(data), quantization_bits=self.bits)
        self.index.build(data.base, EF_CONSTRUCTION, num_threads=threads)

    def search(self, queries, setting):
        return self.index.search(queries, LIMIT, setting, num_threads=1)[0].astype(np.int64)


class SymphonyQGCodes(SymphonyQG):
    """8-bit codes instead of the vectors: a third of the memory."""

    bits = 8


class RaBitQHNSW(Peer):
    package = "rabitqlib"
    cluster_count = 16
    bits = 8

    def build(self, data, threads):
        import rabitqlib

        centers, members = clustering(rabitqlib, data, self.cluster_count, threads)
        self.index = rabitqlib.HnswIndex(
            data.dimension, len(data.base), M=MAX_LINKS, ef_construction=EF_CONSTRUCTION,
            nbits=self.bits, metric=metric(data))
        self.index.build(data.base, centers, members, num_threads=threads)

    def search(self, queries, setting):
        return self.index.search(queries, LIMIT, ef=setting, num_threads=1)[0].astype(np.int64)


class RaBitQIVF(Peer):
    package = "rabitqlib"
    settings = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)

    def build(self, data, threads):
        import rabitqlib

        count = 2 ** round(math.log2(4 * math.sqrt(len(data.base))))
        centers, members = clustering(rabitqlib, data, count, threads)
        # 32 bits: codes to find candidates, the vectors to rank them.
        self.index = rabitqlib.IvfIndex(
            data.dimension, len(data.base), count, 32, metric=metric(data))
        self.index.build(data.base, centers, members, num_threads=threads)

    def search(self, queries, setting):
        return self.index.search(queries, LIMIT, setting, num_threads=1)[0].astype(np.int64)


def clustering(rabitqlib, data, count, threads):
    means = rabitqlib.RaBitQKMeans(
        data.dimension, count, num_threads=threads,
        final_assignment=rabitqlib.FinalAssignmentMode.Exact)
    means.train(data.base)
    return means.centroids, means.assignments
