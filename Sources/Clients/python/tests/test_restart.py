"""A client whose server is killed under it: it notices nothing but a pause."""

import threading

import numpy
import processes
import pytest

from vectron import Client, Metric, _requests
from vectron._requests import WriteName

pytestmark = processes.needed


@pytest.fixture
def server():
    with processes.dev() as server:
        yield server


def test_an_upload_goes_on_when_the_server_is_killed_and_starts_again(server):
    vectors = numpy.random.default_rng(1).standard_normal((2_000, 4)).astype("f4")
    killed = []

    def kill_once(done, total):
        if done >= 500 and not killed:
            server.kill()
            killed.append(threading.Timer(0.3, server.start))
            killed[0].start()

    with Client(server.endpoint, timeout=60) as client:
        client.create_collection("docs", 4, Metric.DOT, shard_count=2)
        done = client.upload("docs", vectors, batch_size=50, window=4, on_progress=kill_once)
        killed[0].join()
        assert done == client.count("docs") == 2_000
        points = list(client.scroll("docs", with_vector=True))
    assert [point.id for point in points] == list(range(2_000))
    assert numpy.array_equal(numpy.stack([point.vector for point in points]), vectors)


def test_a_write_that_is_sent_again_does_not_undo_another(server):
    with Client(server.endpoint, timeout=60) as client:
        client.create_collection("docs", 1, Metric.DOT)
        token = client._ask(_requests.open_session("docs"))
        named = WriteName(token, 1, 0).added_to(_requests.upsert("docs", [1], [[1]], None))
        assert client._ask(named) == 1
        client.upsert("docs", [1], [[2]])
        server.kill()
        server.start()
        # The server has forgotten everything that was not on its disk.
        assert client._ask(named) == 1
        (point,) = client.get("docs", [1])
        assert point.vector.tolist() == [2]
