"""The audit finds what is wrong with a database that only pretends."""

import math
import random
from types import SimpleNamespace

import pytest

import vectron
from vectron_chaos import audit, nemesis, points
from vectron_chaos.consistency import check
from vectron_chaos.faults import Impossible, Injected
from vectron_chaos.history import OK, WRITE, HistoryWriter, Operation, read_history
from vectron_chaos.run import fault_kinds
from vectron_chaos.workload import Tally


class Database:
    """A collection in memory that answers as the client does, and can be made to lie."""

    def __init__(self, values):
        self.rows = {i: (value, points.vector_of(i, value)) for i, value in values.items()}
        self.hidden_from_search = set()
        self.uncounted = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def get(self, _, ids):
        return [
            vectron.Point(i, {"key": points.key(i), "value": self.rows[i][0]}, self.rows[i][1])
            for i in ids
            if i in self.rows
        ]

    def search(self, _, vector, *, limit, exact=False, with_vector=False):
        near = sorted(
            (math.dist(vector, row), i)
            for i, (_, row) in self.rows.items()
            if i not in self.hidden_from_search
        )
        return [
            vectron.ScoredPoint(i, distance, self.get("", [i])[0].payload, self.rows[i][1])
            for distance, i in near[:limit]
        ]

    def delete(self, _, ids):
        return sum(self.rows.pop(index, None) is not None for index in ids)

    def count(self, _):
        return len(self.rows) - self.uncounted


@pytest.fixture
def audited(monkeypatch, tmp_path):
    """Audits a database that should hold what was acknowledged; returns what was found."""

    def run(database, acknowledged):
        monkeypatch.setattr(audit.vectron, "Client", lambda *_, **__: database)
        tally = Tally()
        pool = points.KeyPool(active=max(acknowledged) + 1)
        workload = SimpleNamespace(tally=tally, pool=pool, next_process=lambda: 99)
        path = tmp_path / "history.jsonl"
        history = HistoryWriter(path)
        for index, value in acknowledged.items():
            history.append(Operation(1, WRITE, points.key(index), value, 0, 1, OK))
        cluster = SimpleNamespace(bridges=lambda: ["ipc://nowhere"])
        audit.audit(cluster, workload, history, random.Random(1))
        history.close()
        return tally.findings + [violation.kind for violation in check(read_history(path))]

    return run


VALUES = {index: f"1-{index}" for index in range(30)}


def test_a_database_that_holds_all_passes(audited):
    assert audited(Database(VALUES), VALUES) == []


def test_a_lost_point_is_found(audited):
    held = {index: value for index, value in VALUES.items() if index != 7}
    assert audited(Database(held), VALUES) == ["lost", "lost"]


def test_another_value_is_found(audited):
    assert "phantom" in audited(Database({**VALUES, 7: "old"}), VALUES)


def test_half_a_write_is_found(audited):
    database = Database(VALUES)
    database.rows[7] = (VALUES[7], points.vector_of(7, "another"))
    found = audited(database, VALUES)
    assert any("k7 has the payload of 1-7 and another vector" in text for text in found)


def test_a_point_that_searches_do_not_see_is_found(audited):
    database = Database(VALUES)
    database.hidden_from_search = {7}
    found = audited(database, VALUES)
    assert "k7 is 1-7 by its id and None by its marker" in found and "lost" in found


def test_a_wrong_count_is_found(audited):
    database = Database(VALUES)
    database.uncounted = 1
    assert audited(database, VALUES) == ["the collection counts 29 points, and 30 can be read"]


def replica(worker, digest, index=5):
    return {"node": worker, "shards": [{"id": 1, "applied_index": index, "state_hash": digest}]}


def compared(*workers):
    tally = Tally()
    cluster = SimpleNamespace(status=lambda: {"workers": list(workers)})
    return audit.compare_replicas(cluster, tally), tally.findings


def test_replicas_must_be_equal(monkeypatch):
    monkeypatch.setattr(audit, "RECOVERY_SECONDS", 0.1)
    text, findings = compared(replica("w1", "a"), replica("w2", "a"))
    assert text == "2 replicas of 1 shards are equal" and findings == []
    _, findings = compared(replica("w1", "a"), replica("w2", "b"))
    assert "the replicas of shard 1 differ" in findings[0]
    _, findings = compared(replica("w1", "a"), replica("w2", "a", index=4))
    assert findings == ["the replicas of shards [1] did not come to one index"]
    text, findings = compared(replica("w1", None))
    assert text == "the status tells no hashes of replicas" and findings == []


def test_a_marker_is_nearest_to_its_own_key():
    generator = random.Random(3)
    keys = generator.sample(range(points.MAX_KEY_COUNT), 400)
    rows = {index: points.vector_of(index, f"{index}") for index in keys}
    for index in keys[:40]:
        near = sorted((math.dist(points.marker(index), row) ** 2, key) for key, row in rows.items())
        assert near[0][1] == index and near[0][0] < 0.02 and near[1][0] > 0.4
    assert len({tuple(points.marker(index)) for index in range(points.MAX_KEY_COUNT)}) == (
        points.MAX_KEY_COUNT
    )


def test_keys_are_retired_after_enough_operations_and_unknown_outcomes():
    pool = points.KeyPool(active=3, max_operations=5, max_unknown=2)
    generator = random.Random(1)
    picked = [index for _ in range(40) for index in pool.pick(generator)]
    assert max(picked.count(index) for index in picked) == 5
    first = pool.pick(generator)[0]
    pool.note_unknown(first)
    pool.note_unknown(first)
    assert first not in [index for _ in range(4) for index in pool.pick(generator)]
    assert len(set(pool.pick(generator, 3))) == 3


def test_a_seed_draws_the_same_faults(monkeypatch, tmp_path):
    def injected(context):
        context.generator.random()
        return Injected("nothing", 0, lambda: None)

    def impossible(_):
        raise Impossible("never")

    monkeypatch.setattr(
        nemesis, "KINDS",
        {"kill": (injected, 2), "pause": (injected, 1), "wipe": (injected, 9),
         "fsync": (impossible, 1)},
    )

    def drawn(seed):
        context = SimpleNamespace(generator=random.Random(seed))
        one = nemesis.Nemesis(
            context, ["kill", "pause", "wipe", "fsync"], tmp_path / "faults.jsonl", max_wipes=2,
            find=pytest.fail,
        )
        for _ in range(50):
            one._strike()
        return one.counts, (tmp_path / "faults.jsonl").read_text().count("\n")

    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)
    assert drawn(5)[0]["wipe"] == 2 and drawn(5)[0]["fsync"] == 0
    context = SimpleNamespace(generator=random.Random(1))
    spent = nemesis.Nemesis(
        context, ["wipe"], tmp_path / "faults.jsonl", max_wipes=0, find=pytest.fail
    )
    spent._strike()
    assert not spent.counts


def test_it_says_which_faults_cannot_be_injected(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    config = tmp_path / "c.yaml"
    config.write_text("cluster:\n  replicas: 1\nnodes: []\n")
    kinds, reasons = fault_kinds(None, config)
    assert "kill" in kinds and "partition" not in kinds
    assert reasons["partition-one-way"] == "network namespaces need root"
    assert "three replicas" in reasons["wipe"]
    config.write_text("cluster:\n  replicas: 3\nnodes: []\n")
    assert fault_kinds(["wipe"], config) == (["wipe"], {})
