"""The client writes and reads exactly the bytes of `Protocols/Golden/bridge.jsonl`."""

import json
import pathlib
import uuid

import msgpack
import numpy
import pytest

from vectron import Memory, Metric, Overloaded, NotFound, InvalidArgument, _wire

GOLDEN = pathlib.Path(__file__).parents[4] / "Protocols" / "Golden" / "bridge.jsonl"
LINES = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
BY_NAME = {line["name"]: line for line in LINES}
UUID = uuid.UUID("550e8400-e29b-41d4-a716-446655440000")


def of_kind(kind):
    return [pytest.param(line, id=line["name"]) for line in LINES if line["kind"] == kind]


def meaning(value, field=""):
    """A reply as the golden file shows it."""
    if isinstance(value, bytes):
        if field == "session":
            return value.hex()
        if field in ("id", "next"):
            return {"uuid": str(uuid.UUID(bytes=value))}
        return _wire.vector(value).tolist()
    if isinstance(value, dict):
        return {key: meaning(each, key) for key, each in value.items() if key != "v"}
    if isinstance(value, list):
        return [meaning(each, field) for each in value]
    return value


@pytest.mark.parametrize("line", of_kind("reply"))
def test_a_reply_means_what_the_golden_file_says(line):
    assert meaning(msgpack.unpackb(bytes.fromhex(line["hex"]))) == line["meaning"]


@pytest.mark.parametrize("line", of_kind("request"))
def test_a_request_says_no_more_than_its_meaning(line):
    request = msgpack.unpackb(bytes.fromhex(line["hex"]))
    for name in ("id", "op", "collection", "limit", "metric", "dimension", "exact"):
        if name in request:
            assert request[name] == line["meaning"][name]


@pytest.mark.parametrize("line", of_kind("malformed"))
def test_a_malformed_request_has_an_error(line):
    assert line["code"] in ("invalidArgument", "tooLarge")


PAYLOADS = [
    {"title": "Käse", "year": 1999, "tags": ["a", "b"], "ratio": 0.25, "ok": True, "none": None},
    None,
    {"deep": {"er": [{"est": -1}]}},
]
IDS = [7, UUID, "text"]
MATRIX = [[1, 0.5], [-2, 0], [0.125, 3]]


@pytest.mark.parametrize(
    "vectors",
    [MATRIX, numpy.array(MATRIX), numpy.array(MATRIX, dtype="f4"), list(numpy.array(MATRIX))],
    ids=["lists", "a float64 matrix", "a float32 matrix", "rows"],
)
def test_an_upsert_has_the_golden_bytes(vectors):
    fields = {
        "collection": "docs",
        "ids": _wire.wire_ids(IDS),
        "vectors": _wire.wire_vectors(vectors),
        "payloads": PAYLOADS,
    }
    encoded = _wire.encode_request(1, "upsert", fields)
    assert encoded.hex() == BY_NAME["upsert, vectors as one bin"]["hex"]


def test_numpy_integers_are_ids():
    assert _wire.wire_ids(numpy.arange(3)) == [0, 1, 2]


@pytest.mark.parametrize(
    "name, request_id, op, fields, deadline_ms",
    [
        ("ping", 1, "ping", {}, None),
        ("ping, a text id and a deadline", "a-1", "ping", {}, 250),
        ("collection.list", 1, "collection.list", {}, None),
        (
            "collection.create",
            1,
            "collection.create",
            {"collection": "docs", "dimension": 3, "metric": "cosine", "shard_count": 4},
            None,
        ),
        (
            "collection.create, replicas",
            1,
            "collection.create",
            {"collection": "docs", "dimension": 3, "metric": "dot", "replica_count": 3},
            None,
        ),
        (
            "collection.create, memory",
            1,
            "collection.create",
            {"collection": "docs", "dimension": 3, "metric": "dot", "memory": "disk"},
            None,
        ),
        (
            "get, local",
            1,
            "get",
            {"collection": "docs", "ids": [7], "consistency": "local"},
            None,
        ),
        (
            "search, bounded",
            1,
            "search",
            {"collection": "docs", "point": 7, "consistency": {"bounded_ms": 500}},
            None,
        ),
        (
            "search, a recall",
            1,
            "search",
            {"collection": "docs", "vector": _wire.wire_vector([1, -0.5]), "recall": 0.95},
            None,
        ),
        ("session.open", 1, "session.open", {"collection": "docs"}, None),
        (
            "search.batch, one bin",
            1,
            "search.batch",
            {"collection": "docs", "count": 2, "vectors": _wire.wire_vectors([[1, -0.5], [0, 2]])},
            None,
        ),
        (
            "scroll, after a text",
            1,
            "scroll",
            {"collection": "docs", "after": "Käse"},
            None,
        ),
        ("recall.measure", 1, "recall.measure", {"collection": "docs"}, None),
        ("delete", 1, "delete", {"collection": "docs", "ids": _wire.wire_ids(IDS)}, None),
        (
            "search, all fields",
            1,
            "search",
            {
                "collection": "docs",
                "vector": _wire.wire_vector([1, -0.5]),
                "point": None,
                "limit": 100,
                "ef_search": 256,
                "exact": True,
                "with_payload": False,
                "with_vector": True,
            },
            1000,
        ),
    ],
)
def test_requests_have_the_golden_bytes(name, request_id, op, fields, deadline_ms):
    encoded = _wire.encode_request(request_id, op, fields, deadline_ms)
    assert encoded.hex() == BY_NAME[name]["hex"]


def reply(name):
    return _wire.decode_reply(bytes.fromhex(BY_NAME[name]["hex"]))


def test_points_come_back_with_their_types():
    first, second = _wire.points(reply("points")[1])
    assert first.id == 7 and list(first.vector) == [1, 0.5]
    assert second.id == UUID and second.payload == {}
    assert numpy.asarray(first.vector).dtype == numpy.float32


def test_scored_points_come_back_with_their_scores():
    points = _wire.scored_points(reply("scored points")[1])
    assert [point.score for point in points] == [0.75, 0.5]
    assert points[0].vector is None


def test_a_collection_comes_back():
    collection = _wire.collection(reply("collection")[1])
    assert collection.metric is Metric.COSINE
    assert collection.replica_count == 2
    assert collection.memory is Memory.HALF
    assert collection.point_count == 12 and len(collection.shards) == 2


@pytest.mark.parametrize(
    "name, request_id, cls, retryable",
    [
        ("error", 1, NotFound, False),
        ("error, retryable", 2**64 - 1, Overloaded, True),
        ("error, the id could not be read", None, InvalidArgument, False),
    ],
)
def test_errors_have_their_classes(name, request_id, cls, retryable):
    found_id, error = reply(name)
    assert found_id == request_id
    assert type(error) is cls and error.retryable is retryable
