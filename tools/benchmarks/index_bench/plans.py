"""What the other cases do to the index, decided once for all systems: who comes and goes, which
rows a filter accepts, and the true neighbours then. Everything is seeded and lies in the temporary
folder of the dataset."""

import gzip
import json

import numpy as np

from .datasets import Dataset, file_facts
from .truth import exact_neighbors

LIMIT = 10
CHURN_ROUNDS = 10
CHURN_SHARE = 0.3
RANDOM_VALUES = 1000
RANGES_PER_FILTER = 8
"""Queries share that many filters of a kind, as users do."""


def churn(folder):
    """Rounds in which 30 % of the points leave and as many come that were never there.

    A point that came back would be known by its bytes, which is cheaper than what happens in
    practice; so the index begins with a quarter of the rows.

    `initial.npy` holds the first points, `removed-N.npy` and `added-N.npy` the changes of a round,
    `gt-N.npy` the truth after it; round 0 is the beginning.
    """
    plan = folder / f"churn-2-{file_facts(folder / 'base.npy')[2]}"
    if (plan / "complete").exists():
        return plan
    plan.mkdir(exist_ok=True)
    data = Dataset(folder)
    generator = np.random.default_rng(11)
    order = generator.permutation(len(data.base)).astype(np.int32)
    live_count = int(len(order) / (1 + CHURN_ROUNDS * CHURN_SHARE))
    moved = int(live_count * CHURN_SHARE)
    live, away = order[:live_count], order[live_count:]
    np.save(plan / "initial.npy", live)
    for position in range(CHURN_ROUNDS + 1):
        if position > 0:
            leaving = generator.choice(len(live), moved, replace=False)
            removed, added = live[leaving], away[:moved]
            live = np.concatenate([np.delete(live, leaving), added])
            away = away[moved:]
            np.save(plan / f"removed-{position}.npy", removed)
            np.save(plan / f"added-{position}.npy", added)
        np.save(plan / f"gt-{position}.npy", among(data, live))
    (plan / "complete").touch()
    return plan


def among(data, rows, queries=slice(None)):
    """The true neighbours among some rows; -1 where there are fewer than the limit."""
    rows = np.sort(rows)
    found = np.full((len(data.queries[queries]), LIMIT), -1, np.int32)
    if len(rows):
        nearest = exact_neighbors(data.base[rows], data.queries[queries], data.metric, LIMIT)
        found[:, : nearest.shape[1]] = rows[nearest]
    return found


def filtered(folder):
    """Filters that accept a random share of the rows, and one that goes with the vectors.

    Each row has a number, each query accepts a range of numbers. Of variant N of `variants.json`,
    `column-N.npy` holds the numbers, `range-N.npy` the first accepted and the first not accepted,
    `gt-N.npy` the truth.
    """
    plan = folder / f"filtered-{file_facts(folder / 'base.npy')[2]}"
    if (plan / "variants.json").exists():
        return plan
    plan.mkdir(exist_ok=True)
    data = Dataset(folder)
    generator = np.random.default_rng(13)
    column = generator.integers(0, RANDOM_VALUES, len(data.base)).astype(np.int32)
    variants = []
    for share in (0.001, 0.01, 0.1, 0.5):
        width = int(share * RANDOM_VALUES)
        firsts = generator.integers(0, RANDOM_VALUES - width + 1, RANGES_PER_FILTER)
        first = firsts[np.arange(len(data.queries)) % RANGES_PER_FILTER]
        ranges = np.stack([first, first + width], axis=1).astype(np.int32)
        save_variant(plan, len(variants), data, column, ranges)
        variants.append(f"random {share:.1%}")
    name, column = correlated_column(folder, data, generator)
    own = column[data.truth[:, 0]]
    save_variant(plan, len(variants), data, column, np.stack([own, own + 1], 1).astype(np.int32))
    variants.append(name)
    (plan / "variants.json").write_text(json.dumps(variants))
    return plan


def save_variant(plan, number, data, column, ranges):
    truth = np.full((len(data.queries), LIMIT), -1, np.int32)
    for first, end in np.unique(ranges, axis=0):
        queries = np.flatnonzero((ranges == (first, end)).all(axis=1))
        rows = np.flatnonzero((column >= first) & (column < end))
        truth[queries] = among(data, rows, queries)
    np.save(plan / f"column-{number}.npy", column)
    np.save(plan / f"range-{number}.npy", ranges)
    np.save(plan / f"gt-{number}.npy", truth)


def correlated_column(folder, data, generator):
    """The rows' `domain` if they have one; else which of 45 random rows is nearest."""
    path = folder / "payload.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt") as file:
            words = [json.loads(line).get("domain") for _, line in zip(data.base, file)]
        if len(words) == len(data.base) and any(words):
            _, column = np.unique([str(word) for word in words], return_inverse=True)
            return "own domain", column.astype(np.int32)
    centers = data.base[generator.choice(len(data.base), min(45, len(data.base)), replace=False)]
    nearest = [exact_neighbors(centers, data.base[start : start + 10_000], data.metric, 1)[:, 0]
               for start in range(0, len(data.base), 10_000)]
    return "own region", np.concatenate(nearest).astype(np.int32)
