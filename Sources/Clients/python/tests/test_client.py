"""The client against a server that answers what the test tells it to."""

import threading
import time

import msgpack
import pytest
import zmq

from vectron import Client, DeadlineExceeded, NotFound, TooLarge


class Server:
    """Answers each request by the next of `answers`; None is silence."""

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
    assert len(server.requests) == 2


def test_a_collection_is_not_created_twice(serve):
    server = serve(error("unknownOutcome"))
    with Client(server.endpoint) as client, pytest.raises(Exception) as caught:
        client.create_collection("docs", 3)
    assert caught.value.code == "unknownOutcome" and len(server.requests) == 1


def test_silence_ends_with_the_timeout(serve):
    server = serve(None)
    began = time.monotonic()
    with Client(server.endpoint, timeout=0.3) as client, pytest.raises(DeadlineExceeded):
        client.count("docs")
    assert time.monotonic() - began < 3
    assert 0 < server.requests[0]["deadline_ms"] <= 300


def test_after_a_timeout_the_next_answer_is_the_right_one(serve):
    server = serve(None, {"result": {"count": 2}})
    with Client(server.endpoint, timeout=0.3) as client:
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
