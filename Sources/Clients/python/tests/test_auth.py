"""API keys: made by REST, used over the bridge of a real process with users."""

import asyncio
import time

import processes
import pytest

from vectron import AsyncClient, Client, Metric, NotFound, PermissionDenied, Unauthenticated

pytestmark = processes.needed

PASSWORD = "correct horse battery staple"

# How long a gateway believes a key that it has seen, and a little.
REVOCATION_SECONDS = 5
MARGIN_SECONDS = 2


def eventually(ask, seconds=60):
    """What `ask` answers once that is something: nodes need a moment to find each other."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None or time.monotonic() > end:
            return answer
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server():
    with processes.dev(auth=True) as server:
        yield server


@pytest.fixture(scope="module")
def session(server):
    """The access token of the first administrator."""
    token = eventually(server.bootstrap_token)
    assert token is not None
    user = {"name": "admin", "password": PASSWORD}

    def post(path, body):
        def ask():
            status, answer = server.ask("POST", path, body)
            return None if status >= 500 else (status, answer)

        return eventually(ask)

    status, answer = post("/v1/bootstrap", {"token": token, **user})
    assert status == 201, answer
    status, answer = post("/v1/sessions", user)
    assert status == 201, answer
    return answer["access_token"]


def create_key(server, session, access, collections=("*",)):
    """An API key and its id."""
    scope = {"access": access, "collections": list(collections)}
    status, answer = server.ask(
        "POST", "/v1/keys", {"label": "test", "scopes": [scope]}, token=session
    )
    assert status == 201, answer
    return answer["key"], answer["description"]["id"]


def test_a_key_does_what_its_scopes_say_until_it_is_revoked(server, session):
    manage, manage_id = create_key(server, session, "manage")
    read, _ = create_key(server, session, "read", ["docs"])
    with Client(server.endpoint, key=manage, timeout=60) as client:
        client.create_collection("docs", 2, Metric.DOT)
        client.create_collection("notes", 2, Metric.DOT)
        assert client.upload("docs", [[1, 0], [0, 1]]) == 2
        assert client.count("docs") == 2

        with Client(server.endpoint, key=read) as reader:
            assert [point.id for point in reader.search("docs", [1, 0], limit=1)] == [0]
            assert [one.name for one in reader.list_collections()] == ["docs"]
            assert len(list(reader.scroll("docs"))) == 2
            with pytest.raises(PermissionDenied):
                reader.upsert("docs", [3], [[1, 1]])
            with pytest.raises(PermissionDenied):
                reader.delete_collection("docs")
            # One that it may not see is as good as none.
            for name in ["notes", "none"]:
                with pytest.raises(NotFound):
                    reader.count(name)

        status, answer = server.ask("DELETE", f"/v1/keys/{manage_id}", token=session)
        assert status == 200, answer
        revoked = time.monotonic()
        while time.monotonic() < revoked + REVOCATION_SECONDS + MARGIN_SECONDS:
            try:
                client.count("docs")
            except Unauthenticated:
                break
            time.sleep(0.1)
        else:
            pytest.fail("a revoked key is still good")
        with pytest.raises(Unauthenticated):
            client.count("docs")


def test_an_access_token_is_as_good_as_a_key(server, session):
    with Client(server.endpoint, key=session) as client:
        assert client.status() is not None


@pytest.mark.parametrize("key", [None, "", "vec_wrong", "a.b.c"])
def test_nothing_is_answered_without_a_good_key(server, session, key):
    with Client(server.endpoint, key=key) as client:
        with pytest.raises(Unauthenticated):
            client.list_collections()

    async def ask():
        async with AsyncClient(server.endpoint, key=key) as client:
            with pytest.raises(Unauthenticated):
                await client.count("docs")

    asyncio.run(ask())
