"""Intel's Scalable Vector Search: Vamana on floats, half floats, bytes and adaptive codes."""

import pathlib
import tempfile

import numpy as np

from ..datasets import EUCLID
from .peer import EF_CONSTRUCTION, LIMIT, MAX_LINKS, NotApplicable, Peer


class SVS(Peer):
    package = "svs"

    def stored(self, data):
        return data.base

    def build(self, data, threads):
        import svs

        svs.logging.set_level(svs.logging.level.error)
        distance = svs.DistanceType.L2 if data.metric == EUCLID else svs.DistanceType.MIP
        parameters = svs.VamanaBuildParameters(
            alpha=1.2 if data.metric == EUCLID else 0.95,
            graph_max_degree=2 * MAX_LINKS, window_size=EF_CONSTRUCTION)
        self.index = None
        with tempfile.TemporaryDirectory() as folder:
            self.index = svs.Vamana.build(
                parameters, self.source(svs, data, pathlib.Path(folder)), distance,
                num_threads=threads)
        self.index.num_threads = 1

    def source(self, svs, data, folder):
        return self.stored(data)

    def search(self, queries, setting):
        self.index.search_window_size = setting
        return self.index.search(queries, LIMIT)[0]


class SVSFloat32(SVS):
    pass


class SVSFloat16(SVS):
    def stored(self, data):
        return data.base.astype(np.float16)


class SVSBytes(SVS):
    def stored(self, data):
        if not data.is_bytes:
            raise NotApplicable("the vectors are not bytes")
        return data.base.astype(np.uint8)

    def prepare(self, queries):
        return queries.astype(np.uint8)


class SVSLocallyAdaptive(SVS):
    """4-bit codes for walking and 8 more bits for the last ranking."""

    def source(self, svs, data, folder):
        path = folder / "base.fvecs"
        svs.write_vecs(data.base, str(path))
        loader = svs.VectorDataLoader(str(path), svs.DataType.float32, dims=data.dimension)
        return svs.LVQLoader(loader, primary=4, residual=8)
