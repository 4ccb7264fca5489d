"""Indexes of faiss: a graph, a graph on codes, and inverted files with fast scan."""

import math

from ..datasets import EUCLID
from .peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS, WIDTHS, Peer


class Faiss(Peer):
    package = "faiss"

    def factory(self, data):
        raise NotImplementedError

    def build(self, data, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        metric = faiss.METRIC_L2 if data.metric == EUCLID else faiss.METRIC_INNER_PRODUCT
        self.index = faiss.index_factory(data.dimension, self.factory(data), metric)
        self.tune(faiss)
        self.index.train(data.base)
        self.index.add(data.base)
        faiss.omp_set_num_threads(1)

    def tune(self, faiss):
        graph = faiss.downcast_index(getattr(self.index, "base_index", self.index))
        graph.hnsw.efConstruction = EF_CONSTRUCTION

    def search(self, queries, setting):
        return self.index.search(queries, LIMIT, params=self.parameters(setting))[1]


class FaissHNSW(Faiss):
    def factory(self, data):
        return f"HNSW{MAX_LINKS},Flat"

    def parameters(self, setting):
        import faiss

        return faiss.SearchParametersHNSW(efSearch=setting)


class FaissHNSWCodes(Faiss):
    settings = tuple((ef, factor) for ef in WIDTHS for factor in (1, 2, 4) if ef >= LIMIT * factor)

    def factory(self, data):
        # 8 bits for walking; half floats decide among the best.
        return f"HNSW{MAX_LINKS}_SQ8,Refine(SQfp16)"

    def parameters(self, setting):
        import faiss

        return faiss.IndexRefineSearchParameters(
            k_factor=setting[1],
            base_index_params=faiss.SearchParametersHNSW(efSearch=setting[0]))


class FaissFastScan(Faiss):
    settings = tuple((probes, factor) for probes in (2, 4, 8, 16, 32, 48, 64, 96, 128, 192)
                     for factor in (2, 4, 8, 16, 32))

    def factory(self, data):
        list_count = 2 ** round(math.log2(4 * math.sqrt(len(data.base))))
        return f"IVF{list_count},PQ{data.dimension // 2}x4fs,RFlat"

    def tune(self, faiss):
        pass

    def parameters(self, setting):
        import faiss

        return faiss.IndexRefineSearchParameters(
            k_factor=setting[1],
            base_index_params=faiss.SearchParametersIVF(nprobe=setting[0]))
