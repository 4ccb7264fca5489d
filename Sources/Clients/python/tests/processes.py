"""Real processes for tests; `VECTRON_BINARY` says where the program is."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

from vectron import Client, VectronError

BINARY = os.environ.get("VECTRON_BINARY")

needed = pytest.mark.skipif(not BINARY, reason="VECTRON_BINARY is not set")


class Dev:
    """A `vectron dev` that can be killed and started again."""

    def __init__(self, directory: pathlib.Path, *, auth: bool = False):
        self.directory = directory
        self._auth = auth
        self.endpoint = f"ipc://{directory}/bridge"
        self._process = None

    def start(self):
        # A port that was free a moment ago: REST does not tell which one it got.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.rest = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                BINARY, "dev", "--data-directory", str(self.directory / "data"),
                "--endpoint", f"ipc://{self.directory}/gateway", "--bridge", self.endpoint,
                "--rest", f"tcp://127.0.0.1:{port}", *(["--auth"] if self._auth else []),
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self.directory / "stderr").open("ab"),
        )

    def bootstrap_token(self):
        """The token that makes the first administrator, printed once."""
        lines = (self.directory / "stderr").read_text().splitlines()
        for line, following in zip(lines, lines[1:]):
            if line.startswith("Bootstrap token"):
                return following.strip()
        return None

    def ask(self, method, path, body=None, *, token=None):
        """The answer of REST: a status and what its JSON says."""
        request = urllib.request.Request(
            self.rest + path, method=method, data=None if body is None else json.dumps(body).encode()
        )
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, json.loads(reply.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()


@contextlib.contextmanager
def dev(*, auth=False):
    """A running `vectron dev` in a directory that goes with it; with users it is not waited for."""
    # The path of a socket has 107 bytes at most, which pytest's own directories exceed.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="vectron-", dir="/tmp"))
    server = Dev(directory, auth=auth)
    server.start()
    try:
        if not auth:
            wait(server.endpoint)
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


def wait(endpoint):
    """Waits until a cluster can make collections."""
    end = time.monotonic() + 60
    with Client(endpoint) as client:
        while True:
            try:
                client.create_collection("wait", 1)
                return client.delete_collection("wait")
            except VectronError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
