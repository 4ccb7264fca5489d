"""The client against a server that answers what the test tells it to."""

import asyncio
import io
import threading
import time

import msgpack
import numpy
import pytest
import zmq

from vectron import (
    AsyncClient,
    Client,
    CurveKeys,
    DeadlineExceeded,
    InvalidArgument,
    NotFound,
    TooLarge,
    Unavailable,
)
from vectron._upload import Bar


class Server:
    """Answers each request by the next of `answers`; None is silence.

    Sessions are opened as they are asked for, and not noted.
    """

    def __init__(self, answers):
        self.requests = []
        self._answers = list(answers)
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"tcp://127.0.0.1:{self._router.bind_to_random_port('tcp://127.0.0.1')}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stopped = threading.Event()
        self._thread.start()

    def _run(self):
        while not self._stopped.is_set():
            if not self._router.poll(10):
                continue
            sender, body = self._router.recv_multipart()
            request = msgpack.unpackb(body)
            if request["op"] == "session.open":
                reply = {"v": 1, "id": request["id"], "ok": True, "result": {"session": b"token"}}
                self._router.send_multipart([sender, msgpack.packb(reply)])
                continue
            self.requests.append(request)
            answer = self._answers.pop(0) if self._answers else {"result": {}}
            if answer is not None:
                reply = {"v": 1, "id": request["id"], "ok": "result" in answer, **answer}
                self._router.send_multipart([sender, msgpack.packb(reply)])
        self._router.close()

    def stop(self):
        self._stopped.set()
        self._thread.join()
        self._context.term()


@pytest.fixture
def serve():
    servers = []

    def start(*answers):
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def error(code, retryable=False):
    return {"error": {"code": code, "message": code, "retryable": retryable, "details": {"a": "b"}}}


def test_what_the_server_did_not_do_is_asked_again(serve):
    server = serve(error("overloaded", True), error("unavailable", True), {"result": {"count": 5}})
    with Client(server.endpoint) as client:
        assert client.count("docs") == 5
    assert [request["op"] for request in server.requests] == ["count"] * 3
    assert len({request["id"] for request in server.requests}) == 3


def test_an_error_that_stays_is_raised_at_once(serve):
    server = serve(error("notFound"))
    with Client(server.endpoint) as client, pytest.raises(NotFound) as caught:
        client.count("docs")
    assert caught.value.details == {"a": "b"} and len(server.requests) == 1


def test_a_write_with_an_unknown_outcome_is_repeated_if_that_does_no_harm(serve):
    server = serve(error("unknownOutcome"), {"result": {"count": 1}})
    with Client(server.endpoint) as client:
        assert client.upsert("docs", [1], [[1.0]]) == 1
    names = [(each["session"], each["sequence"]) for each in server.requests]
    assert names == [(b"token", 1)] * 2


def test_a_collection_is_not_created_twice(serve):
    server = serve(error("unknownOutcome"))
    with Client(server.endpoint) as client, pytest.raises(Exception) as caught:
        client.create_collection("docs", 3)
    assert caught.value.code == "unknownOutcome" and len(server.requests) == 1


def test_silence_ends_with_the_timeout(serve):
    server = serve(*[None] * 5)
    began = time.monotonic()
    with Client(server.endpoint, timeout=0.3) as client, pytest.raises(DeadlineExceeded):
        client.count("docs")
    assert time.monotonic() - began < 3
    assert 0 < server.requests[0]["deadline_ms"] <= 300


def test_after_a_timeout_the_next_answer_is_the_right_one(serve):
    server = serve(None, {"result": {"count": 2}})
    with Client(server.endpoint, timeout=0.3, repeat=False) as client:
        with pytest.raises(DeadlineExceeded):
            client.count("docs")
        assert client.count("docs") == 2


def test_a_request_that_is_too_large_is_not_sent(serve):
    server = serve()
    with Client(server.endpoint) as client, pytest.raises(TooLarge):
        client.upsert("docs", [1], bytes(33 << 20))
    assert server.requests == []


def test_a_client_that_is_closed_says_so(serve):
    client = Client(serve().endpoint)
    client.close()
    with pytest.raises(ValueError, match="closed"):
        client.ping()


def test_a_client_that_keeps_account_sends_each_request_once(serve):
    for answer in [error("unavailable", retryable=True), error("unknownOutcome")]:
        server = serve(answer, {"result": {"count": 1}})
        with Client(server.endpoint, repeat=False) as client, pytest.raises(Exception) as caught:
            client.upsert("docs", [1], [[1.0]])
        assert caught.value.code == answer["error"]["code"] and len(server.requests) == 1


def test_gateways_that_are_gone_are_not_waited_for(serve):
    server = serve({"result": {"count": 1}}, {"result": {"count": 2}})
    with Client(["tcp://127.0.0.1:9", server.endpoint], timeout=5) as client:
        assert [client.count("docs"), client.count("docs")] == [1, 2]


def test_nobody_to_be_reached_means_that_nothing_was_done():
    with Client("ipc:///tmp/vectron-nobody", timeout=0.2) as client:
        with pytest.raises(Unavailable):
            client.delete_collection("docs")


def test_the_key_goes_with_each_request(serve):
    server = serve({"result": {"count": 1}}, {"result": {"count": 2}})
    with Client(server.endpoint, key="secret") as client:
        client.count("docs")
        client.upsert("docs", [1], [[1.0]])
    assert [request["key"] for request in server.requests] == ["secret"] * 2


def test_an_upload_has_several_requests_under_way(serve):
    server = serve(*[{"result": {"count": 2}}] * 5)
    told = []
    with Client(server.endpoint) as client:
        vectors = numpy.arange(27, dtype="f8").reshape(9, 3)
        done = client.upload(
            "docs", vectors, batch_size=2, on_progress=lambda *each: told.append(each)
        )
    assert done == 9 and told[-1] == (9, 9) and len(told) == 5
    assert [request["ids"] for request in server.requests] == [[0, 1], [2, 3], [4, 5], [6, 7], [8]]
    assert sorted(request["sequence"] for request in server.requests) == [1, 2, 3, 4, 5]
    sent = b"".join(request["vectors"] for request in server.requests)
    assert sent == vectors.astype("<f4").tobytes()


def test_the_first_error_ends_an_upload(serve):
    server = serve({"result": {"count": 2}}, error("invalidArgument"))
    with Client(server.endpoint) as client, pytest.raises(InvalidArgument):
        client.upload("docs", numpy.zeros((100, 3)), batch_size=2, window=1)
    assert len(server.requests) == 2


def test_other_calls_may_be_made_while_an_upload_tells_of_its_progress(serve):
    server = serve(*[{"result": {"count": 1}}] * 30)
    with Client(server.endpoint) as client:
        counts = []
        client.upload(
            "docs", numpy.zeros((10, 3)), batch_size=1,
            on_progress=lambda done, total: counts.append(client.count("docs")),
        )
    assert counts == [1] * 10


@pytest.mark.parametrize(
    "vectors, options",
    [
        (numpy.zeros(3), {}),
        (numpy.zeros((2, 3)), {"ids": [1]}),
        (numpy.zeros((2, 3)), {"payloads": [None]}),
        (numpy.zeros((2, 3)), {"batch_size": 0}),
        (numpy.zeros((2, 3)), {"batch_size": 10_001}),
        (numpy.zeros((2, 3)), {"window": 0}),
        (numpy.zeros((2, 3)), {"window": 65}),
    ],
)
def test_an_upload_that_makes_no_sense_is_refused(serve, vectors, options):
    with Client(serve().endpoint) as client, pytest.raises(ValueError):
        client.upload("docs", vectors, **options)


def test_a_bar_is_drawn_now_and_then():
    stream, now = io.StringIO(), [0.0]
    bar = Bar(stream, lambda: now[0])
    for done in range(0, 1_001):
        now[0] += 0.001
        bar(done, 1_000)
    text = stream.getvalue()
    assert text.count("\r") <= 15 and text.endswith("\n")
    assert "[" + "#" * 30 + "] 1,000 of 1,000 points" in text


def test_scrolling_asks_for_the_next_page_before_this_one_is_used(serve):
    pages = [
        {"result": {"points": [{"id": n} for n in ids], "next": end}}
        for ids, end in [([1, 2], 2), ([3, 4], 4), ([5], None)]
    ]
    server = serve(*pages)
    with Client(server.endpoint) as client:
        points = client.scroll("docs", page_size=2)
        assert next(points).id == 1
        assert [point.id for point in points] == [2, 3, 4, 5]
    assert [request.get("after") for request in server.requests] == [None, 2, 4]


def test_a_scroll_that_is_given_up_leaves_nothing_behind(serve):
    server = serve(
        {"result": {"points": [{"id": 1}], "next": 1}}, None, {"result": {"count": 3}}
    )
    with Client(server.endpoint, timeout=5) as client:
        for _ in client.scroll("docs"):
            break
        assert client._core.pending == 0
        assert client.count("docs") == 3


def test_endpoints_and_time_outs_that_make_no_sense_are_refused():
    for endpoints, options in [([], {}), ("ipc:///x", {"timeout": 0}), ("no endpoint", {})]:
        with pytest.raises((ValueError, zmq.ZMQError)):
            Client(endpoints, **options)


async def test_tasks_ask_at_once(serve):
    server = serve(*[{"result": {"count": n}} for n in range(50)])
    async with AsyncClient(server.endpoint) as client:
        counts = await asyncio.gather(*[client.count("docs") for _ in range(50)])
    assert sorted(counts) == list(range(50))


async def test_a_task_that_is_cancelled_leaves_nothing_behind(serve):
    server = serve(None, {"result": {"count": 3}})
    async with AsyncClient(server.endpoint) as client:
        task = asyncio.ensure_future(client.count("docs"))
        while not server.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client._core.pending == 0
        assert await client.count("docs") == 3


async def test_closing_ends_what_is_under_way(serve):
    server = serve(None)
    client = AsyncClient(server.endpoint)
    task = asyncio.ensure_future(client.count("docs"))
    while not server.requests:
        await asyncio.sleep(0.001)
    await client.close()
    with pytest.raises(ValueError, match="closed"):
        await task
    with pytest.raises(ValueError, match="closed"):
        await client.ping()


async def test_the_first_error_ends_an_upload_of_a_task(serve):
    server = serve({"result": {"count": 2}}, *[error("invalidArgument")] * 5)
    async with AsyncClient(server.endpoint) as client:
        with pytest.raises(InvalidArgument):
            await client.upload("docs", numpy.zeros((100, 3)), batch_size=2, window=2)
        assert client._core.pending == 0


@pytest.mark.parametrize("is_known", [True, False])
def test_keys_let_a_client_in(is_known):
    server_public, server_secret = zmq.curve_keypair()
    public, secret = zmq.curve_keypair()
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.setsockopt(zmq.LINGER, 0)
    router.setsockopt(zmq.CURVE_SERVER, 1)
    router.setsockopt(zmq.CURVE_SECRETKEY, server_secret)
    port = router.bind_to_random_port("tcp://127.0.0.1")

    def answer():
        if router.poll(3_000):
            sender, body = router.recv_multipart()
            request = msgpack.unpackb(body)
            reply = {"v": 1, "id": request["id"], "ok": True, "result": {"count": 4}}
            router.send_multipart([sender, msgpack.packb(reply)])

    thread = threading.Thread(target=answer)
    thread.start()
    expected = server_public if is_known else zmq.curve_keypair()[0]
    keys = CurveKeys(expected.decode(), public.decode(), secret.decode())
    assert secret.decode() not in repr(keys)
    with Client(f"tcp://127.0.0.1:{port}", keys=keys, timeout=3 if is_known else 0.5) as client:
        if is_known:
            assert client.count("docs") == 4
        else:
            with pytest.raises(Unavailable):
                client.count("docs")
    thread.join()
    router.close()
    context.term()
