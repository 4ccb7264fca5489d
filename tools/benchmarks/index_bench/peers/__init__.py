"""The other libraries, each at the best settings that its documentation and trials suggest.

| peer | package | graph or lists | stored | searched by |
|---|---|---|---|---|
| hnswlib | hnswlib | M 16, efConstruction 200 | float32 | ef |
| usearch_f32, _f16, _i8 | usearch | connectivity 16, expansion 200 | as named | expansion |
| faiss_hnsw | faiss-cpu | M 16, efConstruction 200 | float32 | ef |
| faiss_hnsw_sq8 | faiss-cpu | the same on 8-bit codes | + float16 to refine | ef, rows refined |
| faiss_ivf_pqfs | faiss-cpu | 4·√n lists, d/2 × 4 bit, fast scan | + float32 to refine | probes, rows refined |
| svs_f32, _f16, _u8, _lvq4x8 | scalable-vs | Vamana, degree 32, window 200 | as named | window |
| symqg, symqg_q8 | rabitqlib | SymphonyQG, degree 32, ef 200 | 1 bit a link + float32 or 8 bit | ef |
| rabitq_hnsw | rabitqlib | M 16, efConstruction 200, 16 clusters | RaBitQ 8 bit | ef |
| rabitq_ivf | rabitqlib | 4·√n lists | RaBitQ + float32 to refine | probes |
| qdrant_f32, _sq8, _bq | qdrant-edge-py | m 16, ef_construct 200, one segment | float32 (+ codes) | hnsw_ef |
| voyager_f32, _e4m3 | voyager | M 16, ef_construction 200 | as named | ef |
| zvec | zvec | m 16, ef_construction 200, contiguous | float32 | ef |

Same M and efConstruction as ours where these words apply, so that ratios are of the engines and not
of the graphs' sizes. A peer with no batch call is called once a query, on queries that were
converted beforehand; that Python costs it some 5 µs a query is part of its number.
"""

import importlib

QUICK = ("hnswlib", "faiss_hnsw", "symqg", "svs_f16")
"""Those of `--quick`: the usual yardstick, the best of float32 and the two leaders."""

MODULES = {
    "hnswlib": ("graphs", "Hnswlib"),
    "usearch_f32": ("graphs", "UsearchFloat32"),
    "usearch_f16": ("graphs", "UsearchFloat16"),
    "usearch_i8": ("graphs", "UsearchInt8"),
    "voyager_f32": ("graphs", "VoyagerFloat32"),
    "voyager_e4m3": ("graphs", "VoyagerE4M3"),
    "faiss_hnsw": ("faiss_indexes", "FaissHNSW"),
    "faiss_hnsw_sq8": ("faiss_indexes", "FaissHNSWCodes"),
    "faiss_ivf_pqfs": ("faiss_indexes", "FaissFastScan"),
    "svs_f32": ("vamana", "SVSFloat32"),
    "svs_f16": ("vamana", "SVSFloat16"),
    "svs_u8": ("vamana", "SVSBytes"),
    "svs_lvq4x8": ("vamana", "SVSLocallyAdaptive"),
    "symqg": ("rabitq", "SymphonyQG"),
    "symqg_q8": ("rabitq", "SymphonyQGCodes"),
    "rabitq_hnsw": ("rabitq", "RaBitQHNSW"),
    "rabitq_ivf": ("rabitq", "RaBitQIVF"),
    "qdrant_f32": ("databases", "QdrantFloat32"),
    "qdrant_sq8": ("databases", "QdrantScalar"),
    "qdrant_bq": ("databases", "QdrantBinary"),
    "zvec": ("databases", "Zvec"),
}

FLOAT32 = ("hnswlib", "usearch_f32", "faiss_hnsw", "svs_f32", "qdrant_f32", "voyager_f32", "zvec")
"""Peers that search float32 vectors alone: no codes, no half floats."""


def create(name):
    """A new peer; raises ImportError if its package cannot be had."""
    module, kind = MODULES[name]
    return getattr(importlib.import_module(f".{module}", __name__), kind)()
