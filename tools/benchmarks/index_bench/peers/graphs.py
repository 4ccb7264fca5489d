"""Graphs in memory: hnswlib, usearch, voyager."""

import numpy as np

from ..datasets import COSINE, EUCLID
from .peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS, NotApplicable, Peer


class Hnswlib(Peer):
    package = "hnswlib"

    def build(self, data, threads):
        import hnswlib

        space = "l2" if data.metric == EUCLID else "ip"
        self.index = hnswlib.Index(space=space, dim=data.dimension)
        self.index.init_index(max_elements=len(data.base), M=MAX_LINKS,
                              ef_construction=EF_CONSTRUCTION, random_seed=100)
        self.index.add_items(data.base, num_threads=threads)

    def search(self, queries, setting):
        self.index.set_ef(setting)
        return self.index.knn_query(queries, k=LIMIT, num_threads=1)[0]


class Usearch(Peer):
    package = "usearch.index"
    kind = "f32"

    def build(self, data, threads):
        from usearch.index import Index

        metric = {"l2": "l2sq", "ip": "ip"}["l2" if data.metric == EUCLID else "ip"]
        if data.metric == COSINE:
            metric = "cos"  # of unit vectors; the only one that its bytes are scaled for
        self.index = Index(ndim=data.dimension, metric=metric, dtype=self.kind,
                           connectivity=MAX_LINKS, expansion_add=EF_CONSTRUCTION)
        self.index.add(np.arange(len(data.base)), self.stored(data), threads=threads)

    def stored(self, data):
        return data.base

    def search(self, queries, setting):
        self.index.expansion_search = setting
        return self.index.search(queries, LIMIT, threads=1).keys


class UsearchFloat32(Usearch):
    pass


class UsearchFloat16(Usearch):
    kind = "f16"


class UsearchInt8(Usearch):
    kind = "i8"

    def stored(self, data):
        if data.metric == COSINE:
            return data.base
        if not data.is_bytes or data.metric != EUCLID:
            raise NotApplicable("its bytes hold unit vectors or vectors of bytes")
        # Euclidean distances do not change when all move by 128.
        self.is_moved = True
        return (data.base - 128).astype(np.int8)

    is_moved = False

    def prepare(self, queries):
        return (queries - 128).astype(np.int8) if self.is_moved else queries


class Voyager(Peer):
    package = "voyager"
    kind = "Float32"

    def build(self, data, threads):
        import voyager

        space = {EUCLID: voyager.Space.Euclidean, COSINE: voyager.Space.Cosine}.get(
            data.metric, voyager.Space.InnerProduct)
        self.index = voyager.Index(
            space, num_dimensions=data.dimension, M=MAX_LINKS, ef_construction=EF_CONSTRUCTION,
            max_elements=len(data.base), storage_data_type=voyager.StorageDataType[self.kind])
        self.index.add_items(data.base, num_threads=threads)

    def search(self, queries, setting):
        found, _ = self.index.query(queries, k=LIMIT, num_threads=1, query_ef=setting)
        return found


class VoyagerFloat32(Voyager):
    pass


class VoyagerE4M3(Voyager):
    kind = "E4M3"
