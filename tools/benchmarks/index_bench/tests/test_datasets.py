import json

import numpy as np
import pytest

from index_bench import datasets
from index_bench.datasets import Dataset, DatasetError, metric_named, prepare


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.tempfile, "gettempdir", lambda: str(tmp_path / "cache"))


def folder_of(path, base, queries, meta, base_name="base.npy"):
    path.mkdir()
    np.save(path / base_name, base)
    np.save(path / "queries.npy", queries)
    if meta is not None:
        (path / "meta.json").write_text(json.dumps(meta))
    return path


def drawn(kind, *shape):
    return np.random.default_rng(5).integers(1, 200, shape).astype(kind)


@pytest.mark.parametrize("word, metric", [
    ("angular", "cosine"), ("Cosine", "cosine"), ("L2", "euclid"), ("euclidean", "euclid"),
    ("ip", "dot"), ("inner product", "dot"), ("1 - dot (unit vectors)", "cosine")])
def test_the_words_for_metrics_are_known(word, metric):
    assert metric_named(word) == metric


def test_an_unknown_metric_is_refused():
    with pytest.raises(DatasetError):
        metric_named("hamming")


@pytest.mark.parametrize("kind", ["uint8", "float16", "float32"])
def test_types_that_the_index_reads_are_linked_not_copied(tmp_path, kind):
    source = folder_of(tmp_path / "set", drawn(kind, 30, 4), drawn(kind, 3, 4),
                       {"metric": "l2"}, f"base_{kind}.npy")
    prepared = prepare(source)
    assert (prepared / "base.npy").is_symlink()
    data = Dataset(prepared)
    assert (data.metric, data.base.dtype, data.is_bytes) == ("euclid", np.float32, kind == "uint8")


def test_other_types_are_widened(tmp_path):
    source = folder_of(tmp_path / "set", drawn("int16", 30, 4), drawn("float64", 3, 4),
                       {"metric": "dot"})
    assert np.load(prepare(source) / "base.npy").dtype == np.float32


def test_bytes_without_a_metric_are_compared_by_differences(tmp_path):
    source = folder_of(tmp_path / "set", drawn("uint8", 30, 4), drawn("uint8", 3, 4), None)
    assert Dataset(prepare(source)).metric == "euclid"


def test_the_truth_of_fewer_rows_is_computed_anew(tmp_path):
    base, queries = drawn("float32", 60, 4), drawn("float32", 3, 4)
    source = folder_of(tmp_path / "set", base, queries, {"metric": "l2"})
    np.save(source / "gt100.npy", np.tile(np.arange(59, 39, -1, dtype=np.int32), (3, 1)))
    assert Dataset(prepare(source)).truth[0, 0] == 59
    data = Dataset(prepare(source, rows=20))
    assert len(data.base) == 20 and data.truth.max() < 20


def test_a_truth_that_names_rows_beyond_the_base_is_not_used(tmp_path):
    source = folder_of(tmp_path / "set", drawn("float32", 30, 4), drawn("float32", 3, 4),
                       {"metric": "l2"})
    np.save(source / "gt100.npy", np.full((3, 10), 30, np.int32))
    assert Dataset(prepare(source)).truth.max() < 30


def test_a_folder_is_prepared_once(tmp_path):
    source = folder_of(tmp_path / "set", drawn("float32", 30, 4), drawn("float32", 3, 4),
                       {"metric": "cosine"})
    first = prepare(source)
    written = (first / "gt100.npy").stat().st_mtime_ns
    assert prepare(source) == first and (first / "gt100.npy").stat().st_mtime_ns == written
    assert prepare(source, rows=10) != first


def test_a_folder_without_vectors_is_named(tmp_path):
    with pytest.raises(DatasetError, match="base"):
        prepare(tmp_path)


def test_synthetic_sets_are_the_same_each_time():
    first = datasets.clusters(50, 8, 5, seed=3, cluster_count=4)
    again = datasets.clusters(50, 8, 5, seed=3, cluster_count=4)
    assert all((one == other).all() for one, other in zip(first, again))
