"""Finds the vectors, queries and true neighbours in a folder and prepares them for measuring.

A prepared folder is what both sides read: `base.npy` and `queries.npy` (float32, float16 or uint8),
`gt100.npy` (int32) and `meta.json` with `name` and `metric` ("cosine", "dot" or "euclid").
"""

import hashlib
import json
import os
import pathlib
import tempfile

import numpy as np

COSINE, DOT, EUCLID = "cosine", "dot", "euclid"
NATIVE_TYPES = (np.dtype("<f4"), np.dtype("<f2"), np.dtype("u1"))
"""What the index reads as it is; anything else is widened to float32."""

TRUTH_DEPTH = 100
LIMIT = 10


class DatasetError(Exception):
    """The folder lacks something, or has something that cannot be read."""


def metric_named(word):
    """One of the three metrics, from the many words in use for them."""
    text = str(word or "").lower()
    if "cos" in text or "angular" in text or "1 - dot" in text:
        return COSINE
    if "l2" in text or "euclid" in text:
        return EUCLID
    if "dot" in text or "inner" in text or text in ("ip", "mip", "mips"):
        return DOT
    raise DatasetError(f"the metric {word!r} of meta.json is none of cosine, dot, euclid")


def matching_file(folder, names, patterns):
    """The first of the names that exists, else the first file that matches a pattern."""
    for name in names:
        if (folder / name).exists():
            return folder / name
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            return path
    raise DatasetError(f"{folder} has none of {', '.join([*names, *patterns])}")


def base_file(folder):
    return matching_file(folder, ["base.npy", "base_f32.npy", "base_f16.npy"], ["base*.npy"])


def queries_file(folder):
    return matching_file(folder, ["queries.npy"], ["quer*.npy", "test*.npy"])


def read_meta(folder):
    path = folder / "meta.json"
    return json.loads(path.read_text()) if path.exists() else {}


def metric_of(meta, base):
    word = meta.get("metric") or meta.get("dist") or meta.get("distance")
    if word is None:
        # Bytes are image features, which are compared by their differences; floats embeddings.
        return EUCLID if base.dtype == np.uint8 else COSINE
    return metric_named(word)


def unit(vectors):
    """Divided by their lengths; a vector of zeros stays."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def as_searched(vectors, metric):
    """As the index sees them: float32, of unit length for cosine."""
    widened = np.ascontiguousarray(vectors, dtype=np.float32)
    return unit(widened) if metric == COSINE else widened


def stored_truth(folder, query_count, row_count):
    """The folder's true neighbours, if there are any and they fit."""
    for path in [folder / "gt100.npy", *sorted(folder.glob("gt*.npy"))]:
        if not path.exists():
            continue
        rows = np.load(path, mmap_mode="r")
        if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.integer):
            continue
        if len(rows) < query_count or rows.shape[1] < LIMIT:
            continue
        rows = np.ascontiguousarray(rows[:query_count, :TRUTH_DEPTH], dtype=np.int32)
        if rows.min() >= 0 and rows.max() < row_count:
            return rows
    return None


def cache_folder(*facts):
    """A temporary folder of its own for what these facts determine; the facts name the files."""
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:20]
    return pathlib.Path(tempfile.gettempdir()) / f"vectron-bench-{os.getuid()}" / digest


def file_facts(path):
    """What changes when the file does."""
    status = path.resolve().stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def prepare(dataset, ground_truth=None, rows=None, query_limit=1000):
    """The prepared folder of a dataset, in the temporary folder unless it is there already."""
    from .truth import exact_neighbors

    folder = pathlib.Path(dataset)
    base_path, queries_path = base_file(folder), queries_file(folder)
    meta = read_meta(folder)
    stored_base = np.load(base_path, mmap_mode="r")
    stored_queries = np.load(queries_path, mmap_mode="r")
    if stored_base.ndim != 2 or stored_base.shape[1:] != stored_queries.shape[1:]:
        raise DatasetError(
            f"base {stored_base.shape} and queries {stored_queries.shape} do not fit")
    row_count = min(rows or len(stored_base), len(stored_base))
    query_count = min(query_limit or len(stored_queries), len(stored_queries))
    metric = metric_of(meta, stored_base)
    truth_folder = pathlib.Path(ground_truth or dataset)

    target = cache_folder(
        file_facts(base_path), file_facts(queries_path), str(truth_folder.resolve()), metric,
        row_count, query_count)
    if (target / "meta.json").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    write_native(target / "base.npy", base_path, stored_base, row_count)
    write_native(target / "queries.npy", queries_path, stored_queries, query_count)
    truth = None
    if ground_truth or row_count == len(stored_base):
        truth = stored_truth(truth_folder, query_count, row_count)
    if truth is None:
        truth = exact_neighbors(
            as_searched(stored_base[:row_count], metric),
            as_searched(stored_queries[:query_count], metric), metric, TRUTH_DEPTH)
    np.save(target / "gt100.npy", truth)
    for payload in folder.glob("payload.jsonl*"):
        relink(target / payload.name, payload)
    name = meta.get("name") or folder.resolve().name
    if row_count < len(stored_base):
        name = truth_folder.resolve().name if ground_truth else f"{name}-{row_count}"
    # Last: a folder with it is complete.
    write_meta(target, name, metric, row_count, stored_base.shape[1], query_count)
    return target


def write_native(path, source, stored, count):
    """A link if the file can be read as it is, a copy of the rows wanted otherwise."""
    fits = stored.dtype in NATIVE_TYPES
    if fits and count == len(stored) and stored.flags.c_contiguous:
        relink(path, source)
    else:
        kept = stored.dtype if fits else np.float32
        path.unlink(missing_ok=True)
        np.save(path, np.ascontiguousarray(stored[:count], dtype=kept))


def relink(path, source):
    path.unlink(missing_ok=True)
    path.symlink_to(source.resolve())


def write_meta(folder, name, metric, row_count, dimension, query_count):
    meta = {"name": name, "metric": metric, "n": row_count, "dim": dimension,
            "queries": query_count}
    (folder / "meta.json").write_text(json.dumps(meta))


def synthetic(row_count, dimension, query_count=1000, seed=7):
    """A prepared folder of seeded clusters under L2, for how cost grows with the rows.

    The queries are drawn like the rows and are none of them. The spread of a cluster beside the
    distance between clusters is such that neighbours of a query lie in several clusters.
    """
    from .truth import exact_neighbors

    target = cache_folder("synthetic", 2, row_count, dimension, query_count, seed)
    if (target / "meta.json").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    base, queries = clusters(row_count, dimension, query_count, seed)
    np.save(target / "base.npy", base)
    np.save(target / "queries.npy", queries)
    np.save(target / "gt100.npy", exact_neighbors(base, queries, EUCLID, TRUTH_DEPTH))
    write_meta(target, f"synthetic-{row_count}x{dimension}", EUCLID, row_count, dimension,
               query_count)
    return target


def clusters(row_count, dimension, query_count, seed, cluster_count=1000, inner_dimension=24):
    """Rows and queries around seeded centres, in few directions each, as embeddings are."""
    generator = np.random.default_rng(seed)
    inner = min(inner_dimension, dimension)
    centers = generator.standard_normal((cluster_count, dimension), dtype=np.float32)
    directions = generator.standard_normal((16, inner, dimension), dtype=np.float32)
    directions /= np.sqrt(inner)

    def draw(count):
        of = generator.integers(0, cluster_count, count)
        drawn = centers[of]
        spread = generator.standard_normal((count, inner), dtype=np.float32)
        for kind in range(len(directions)):
            members = of % len(directions) == kind
            drawn[members] += 1.2 * (spread[members] @ directions[kind])
        return drawn + 0.1 * generator.standard_normal((count, dimension), dtype=np.float32)

    return draw(row_count), draw(query_count)


class Dataset:
    """A prepared folder in memory, as the index sees it."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        meta = read_meta(folder)
        self.folder = folder
        self.name, self.metric = meta["name"], meta["metric"]
        stored = np.load(folder / "base.npy")
        self.stored_type = stored.dtype
        self.base = as_searched(stored, self.metric)
        self.queries = as_searched(np.load(folder / "queries.npy"), self.metric)
        self.truth = np.load(folder / "gt100.npy")

    @property
    def dimension(self):
        return self.base.shape[1]

    @property
    def is_bytes(self):
        """Whether the vectors came as bytes, which some systems hold without loss."""
        return self.stored_type == np.uint8
