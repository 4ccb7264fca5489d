"""The client against a cluster of real processes; `VECTRON_BINARY` says where the program is."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import uuid

import numpy
import pytest

from vectron import AlreadyExists, AsyncClient, Client, InvalidArgument, Metric, NotFound

BINARY = os.environ.get("VECTRON_BINARY")
UUID = uuid.UUID("550e8400-e29b-41d4-a716-446655440000")

pytestmark = pytest.mark.skipif(not BINARY, reason="VECTRON_BINARY is not set")

CLUSTER = """\
cluster:
  id: python-test
data:
  directory: data
nodes:
  - name: placement
    role: placement
    endpoint: ipc://{0}/placement
  - name: worker-1
    role: worker
    endpoint: ipc://{0}/worker-1
  - name: worker-2
    role: worker
    endpoint: ipc://{0}/worker-2
  - name: gateway
    role: gateway
    endpoint: ipc://{0}/gateway
    bridge: ipc://{0}/bridge
"""


@pytest.fixture(scope="module")
def endpoint():
    # The path of a socket has 107 bytes at most, which pytest's own directories exceed.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="vectron-", dir="/tmp"))
    (directory / "cluster.yaml").write_text(CLUSTER.format(directory))
    processes = [
        subprocess.Popen(
            [BINARY, role, "--config", str(directory / "cluster.yaml"), "--node", node]
            + (["--bootstrap"] if role == "placement" else [])
        )
        for role, node in [
            ("placement", "placement"),
            ("worker", "worker-1"),
            ("worker", "worker-2"),
            ("gateway", "gateway"),
        ]
    ]
    try:
        yield f"ipc://{directory}/bridge"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(directory)


@pytest.fixture(scope="module")
def client(endpoint):
    with Client(endpoint) as client:
        yield client


@pytest.fixture
def docs(client):
    create(client, "docs", 3, Metric.DOT, shard_count=2)
    yield "docs"
    client.delete_collection("docs")


def create(client, *arguments, **options):
    """Creates a collection as soon as the workers have registered."""
    for attempt in range(100):
        try:
            return client.create_collection(*arguments, **options)
        except InvalidArgument as error:
            if "worker" not in error.message or attempt == 99:
                raise
        subprocess.run(["sleep", "0.1"], check=True)


def test_it_speaks_this_version(client):
    assert 1 in client.ping()["versions"]


def test_a_collection_lives_from_its_creation_to_its_deletion(client):
    created = create(client, "life", 4, Metric.EUCLID, shard_count=3)
    assert (created.name, created.dimension, created.metric) == ("life", 4, Metric.EUCLID)
    assert len(created.shards) == 3
    with pytest.raises(AlreadyExists):
        client.create_collection("life", 4, Metric.EUCLID)
    assert "life" in [collection.name for collection in client.list_collections()]
    assert client.collection("life").point_count == 0
    client.delete_collection("life")
    with pytest.raises(NotFound) as caught:
        client.collection("life")
    assert caught.value.details["collection"] == "life"


def test_points_come_back_as_they_were_written(client, docs):
    payload = {"title": "Käse", "tags": ["a", 1, None, True, 0.5], "deep": {"er": {}}}
    assert client.upsert(docs, [1, UUID, "x"], [[1, 2, 3], [4, 5, 6], [7, 8, 9.5]],
                         [payload, None, {}]) == 3
    points = client.get(docs, ["x", 1, 99, UUID])
    assert [point.id for point in points] == ["x", 1, UUID]
    assert points[1].payload == payload
    assert list(points[0].vector) == [7, 8, 9.5]
    assert client.get(docs, [1], with_payload=False, with_vector=False)[0].vector is None
    assert client.count(docs) == 3
    assert client.delete(docs, [1, 99]) == 1
    assert client.count(docs) == 2


def test_a_search_finds_what_numpy_finds(client, docs):
    vectors = numpy.random.default_rng(7).standard_normal((1_000, 3)).astype("f4")
    assert client.upsert(docs, range(1_000), vectors) == 1_000
    query = numpy.array([1.0, -0.5, 0.25], dtype="f4")
    scores = vectors @ query
    best = numpy.argsort(-scores)[:10]
    found = client.search(docs, query, limit=10, exact=True, with_vector=True)
    assert [point.id for point in found] == best.tolist()
    assert numpy.allclose([point.score for point in found], scores[best], rtol=1e-5)
    assert numpy.array_equal(numpy.asarray(found[0].vector), vectors[best[0]])
    walked = client.search(docs, query, limit=10, ef_search=200)
    assert len({point.id for point in walked} & set(best.tolist())) >= 9
    batch = client.search_batch(docs, vectors[:20], limit=3, exact=True)
    assert [each[0].id for each in batch] != [] and batch == [
        client.search(docs, vector, limit=3, exact=True) for vector in vectors[:20]
    ]
    alike = client.search(docs, point=int(best[0]), limit=5)
    assert len(alike) == 5 and best[0] not in [point.id for point in alike]


def test_what_is_wrong_is_said(client, docs):
    with pytest.raises(InvalidArgument, match="dimension|component"):
        client.upsert(docs, [1], [[1, 2]])
    with pytest.raises(InvalidArgument):
        client.search(docs, [1, 2, 3], limit=0)
    with pytest.raises(NotFound):
        client.search("nowhere", [1, 2, 3])
    with pytest.raises(InvalidArgument):
        client.upsert(docs, [1], [[float("nan"), 0, 0]])


def test_the_cluster_tells_of_itself(client, docs):
    # A worker may register after the first collections were made on others.
    deadline = time.monotonic() + 20
    while len((status := client.status())["workers"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert {worker["node"] for worker in status["workers"]} == {"worker-1", "worker-2"}
    assert "docs" in [collection["name"] for collection in status["collections"]]


def test_all_points_come_page_by_page_in_the_order_of_their_ids(client, docs):
    ids = list(range(50)) + [uuid.UUID(int=n << 64) for n in range(20)] + ["ä", "b", "a"]
    vectors = numpy.random.default_rng(8).standard_normal((len(ids), 3)).astype("f4")
    assert client.upload(docs, vectors, ids, batch_size=10) == len(ids)
    ordered = ids[:70] + ["a", "b", "ä"]
    for page_size in (1_000, 7):
        points = list(client.scroll(docs, page_size=page_size, with_vector=True))
        assert [point.id for point in points] == ordered
    rows = {point.id: point.vector for point in points}
    assert numpy.array_equal(numpy.stack([rows[each] for each in ids]), vectors)
    assert [point.id for point in client.scroll(docs, after="a")] == ["b", "ä"]
    assert client.scroll_page(docs, after=47, limit=2).next == 49
    for limit in (0, -1, 2**31, 2**63 - 1, 2**63):
        with pytest.raises(InvalidArgument, match="limit"):
            client.scroll_page(docs, limit=limit)


def test_recall_is_measured(client, docs):
    client.upsert(docs, range(100), numpy.random.default_rng(9).standard_normal((100, 3)))
    shards = client.measure_recall(docs, samples=5)
    assert len(shards) == 2 and sum(shard.point_count for shard in shards) == 100
    assert all(shard.mixtures.recall == 1 for shard in shards)


async def test_tasks_do_the_same(endpoint, docs):
    vectors = numpy.random.default_rng(7).standard_normal((500, 3)).astype("f4")
    async with AsyncClient(endpoint) as client:
        assert await client.upload(docs, vectors, batch_size=50) == 500
        assert [point.id async for point in client.scroll(docs, page_size=90)] == list(range(500))
        best = [await client.search(docs, each, limit=1, exact=True) for each in vectors[:9]]
        assert await client.search_batch(docs, vectors[:9], limit=1, exact=True) == best
        assert await client.delete(docs, range(100)) == 100
        assert await client.count(docs) == 400
        with pytest.raises(NotFound):
            await client.count("nowhere")
