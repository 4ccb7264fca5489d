import numpy as np
import pytest

from index_bench import truth
from index_bench.truth import Judge, exact_neighbors


def drawn(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclid"])
def test_the_blocks_give_what_a_full_sort_gives(metric, monkeypatch):
    monkeypatch.setattr(truth, "ROWS_PER_BLOCK", 64)
    monkeypatch.setattr(truth, "SPARE_CANDIDATES", 4)
    base, queries = drawn(1, 500, 8), drawn(2, 7, 8)
    found = exact_neighbors(base, queries, metric, 10)
    for query, rows in zip(queries.astype(np.float64), found):
        wide = base.astype(np.float64)
        far = ((wide - query) ** 2).sum(1) if metric == "euclid" else -(wide @ query)
        assert rows.tolist() == np.argsort(far, kind="stable")[:10].tolist()


def test_large_bytes_are_ranked_without_rounding():
    base = np.full((300, 784), 250, np.float32)
    base[np.arange(300), np.arange(300)] -= np.arange(300) % 20
    found = exact_neighbors(base, np.full((1, 784), 250, np.float32), "euclid", 15)
    assert found[0].tolist() == [20 * position for position in range(15)]


def test_a_limit_beyond_the_rows_gives_all_rows():
    assert exact_neighbors(drawn(3, 4, 3), drawn(4, 2, 3), "euclid", 10).shape == (2, 4)


def test_a_duplicate_of_the_last_neighbour_is_a_hit():
    base = np.arange(20, dtype=np.float32)[:, None]
    base[15] = base[9]
    judge = Judge(base, np.zeros((1, 1), np.float32), np.arange(10)[None], "euclid")
    assert judge.recall([[*range(9), 15]]) == 1.0
    assert judge.recall([[*range(9), 14]]) == 0.9


def test_what_is_found_twice_or_not_at_all_is_no_hit():
    base = np.arange(20, dtype=np.float32)[:, None]
    judge = Judge(base, np.zeros((1, 1), np.float32), np.arange(10)[None], "euclid")
    assert judge.recall([[0, 0, 0, 0, 0, -1, -1, -1, -1, -1]]) == 0.1


def test_neighbours_that_do_not_exist_are_not_asked_for():
    base = np.arange(20, dtype=np.float32)[:, None]
    few = np.array([[4, 7, *[-1] * 8], [-1] * 10])
    judge = Judge(base, np.zeros((2, 1), np.float32), few, "euclid")
    assert judge.recall([[4, 7, *[-1] * 8], [-1] * 10]) == 1.0
    assert judge.recall([[4, *[-1] * 9], [-1] * 10]) == 0.5
