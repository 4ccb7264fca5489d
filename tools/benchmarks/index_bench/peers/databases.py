"""Embedded databases: Qdrant's edge shard and zvec. They are called once a query."""

import shutil
import tempfile

import numpy as np

from ..datasets import COSINE, EUCLID
from .peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS, WIDTHS, Peer

POINTS_PER_UPSERT = 1000
WHOLE_SEGMENT_KILOBYTES = 1 << 30
"""Larger than any: one segment, as one index has one graph."""


class Qdrant(Peer):
    """Vectors, graph and codes in memory; one segment."""

    package = "qdrant_edge"

    folder = None

    def quantization(self, edge):
        return None

    def payload(self, row):
        """What a row carries, for searches that filter."""
        return None

    def build(self, data, threads):
        import qdrant_edge as edge

        self.close()
        self.folder = tempfile.mkdtemp()
        distance = {EUCLID: edge.Distance.Euclid, COSINE: edge.Distance.Cosine}.get(
            data.metric, edge.Distance.Dot)
        self.index = edge.EdgeShard.create(self.folder, edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(
                size=data.dimension, distance=distance,
                quantization_config=self.quantization(edge)),
            hnsw_config=edge.HnswIndexConfig(
                m=MAX_LINKS, ef_construct=EF_CONSTRUCTION, full_scan_threshold=10,
                max_indexing_threads=threads),
            optimizers=edge.EdgeOptimizersConfig(
                default_segment_number=1, max_segment_size=WHOLE_SEGMENT_KILOBYTES,
                indexing_threshold=1),
            max_search_threads=1, wal_enabled=False))
        for start in range(0, len(data.base), POINTS_PER_UPSERT):
            rows = range(start, min(start + POINTS_PER_UPSERT, len(data.base)))
            self.index.update(edge.UpdateOperation.upsert_points([
                edge.Point(row, data.base[row].tolist(), self.payload(row)) for row in rows]))
        self.index.optimize()

    def parameters(self, edge, setting):
        return edge.SearchParams(hnsw_ef=setting)

    def prepare(self, queries):
        import qdrant_edge as edge

        return [edge.Query.Nearest(query.tolist()) for query in queries]

    def search(self, queries, setting):
        import qdrant_edge as edge

        parameters = self.parameters(edge, setting)
        found = np.full((len(queries), LIMIT), -1, np.int64)
        for position, query in enumerate(queries):
            points = self.index.search(edge.SearchRequest(query, LIMIT, params=parameters))
            found[position, : len(points)] = [point.id for point in points]
        return found

    def close(self):
        if self.folder:
            self.index.close()
            self.index = None
            shutil.rmtree(self.folder)
            self.folder = None


class QdrantFloat32(Qdrant):
    pass


class QdrantCodes(Qdrant):
    """Codes for walking; of so many times the limit the vectors decide."""

    settings = tuple((ef, factor) for ef in WIDTHS for factor in (1, 2, 4) if ef >= LIMIT * factor)

    def parameters(self, edge, setting):
        return edge.SearchParams(hnsw_ef=setting[0], quantization=edge.QuantizationSearchParams(
            rescore=True, oversampling=setting[1]))


class QdrantScalar(QdrantCodes):

    def quantization(self, edge):
        return edge.ScalarQuantizationConfig(
            edge.ScalarType.Int8, quantile=0.99, memory=edge.Memory.Pinned)


class QdrantBinary(QdrantCodes):
    settings = tuple((LIMIT * factor, factor) for factor in (4, 8, 12, 16, 24, 32, 48, 64))

    def quantization(self, edge):
        return edge.BinaryQuantizationConfig(memory=edge.Memory.Pinned)


class Zvec(Peer):
    package = "zvec"
    folder = None

    def build(self, data, threads):
        import zvec

        self.close()
        try:
            zvec.init(log_level=zvec.LogLevel.ERROR, query_threads=1, optimize_threads=threads)
        except RuntimeError:
            pass  # A process can say it once; the second build says the number below.
        metric = {EUCLID: zvec.MetricType.L2, COSINE: zvec.MetricType.COSINE}.get(
            data.metric, zvec.MetricType.IP)
        parameters = zvec.HnswIndexParam(
            metric_type=metric, m=MAX_LINKS, ef_construction=EF_CONSTRUCTION,
            use_contiguous_memory=True)
        schema = zvec.CollectionSchema(
            name="bench",
            vectors=zvec.VectorSchema(
                "v", zvec.DataType.VECTOR_FP32, data.dimension, index_param=parameters))
        self.folder = tempfile.mkdtemp()
        self.index = zvec.create_and_open(f"{self.folder}/collection", schema)
        for start in range(0, len(data.base), POINTS_PER_UPSERT):
            rows = range(start, min(start + POINTS_PER_UPSERT, len(data.base)))
            self.index.insert([
                zvec.Doc(id=str(row), vectors={"v": data.base[row].tolist()}) for row in rows])
        self.index.optimize(zvec.OptimizeOption(concurrency=threads))

    def search(self, queries, setting):
        import zvec

        parameters = zvec.HnswQueryParam(ef=setting)
        found = np.full((len(queries), LIMIT), -1, np.int64)
        for position, query in enumerate(queries):
            docs = self.index.query(
                zvec.Query("v", vector=query, param=parameters), topk=LIMIT, output_fields=[])
            found[position, : len(docs)] = [int(doc.id) for doc in docs]
        return found

    def close(self):
        if self.folder:
            self.index.destroy()
            self.index = None
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
