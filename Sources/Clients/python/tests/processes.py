"""Real processes for tests; `VECTRON_BINARY` says where the program is."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

from vectron import Client, VectronError

BINARY = os.environ.get("VECTRON_BINARY")

needed = pytest.mark.skipif(not BINARY, reason="VECTRON_BINARY is not set")


class Dev:
    """A `vectron dev` that can be killed and started again."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.endpoint = f"ipc://{directory}/bridge"
        self._process = None

    def start(self):
        self._process = subprocess.Popen(
            [
                BINARY, "dev", "--data-directory", str(self.directory / "data"),
                "--endpoint", f"ipc://{self.directory}/gateway", "--bridge", self.endpoint,
            ],
            stdout=subprocess.DEVNULL,
        )

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
def dev():
    """A running `vectron dev` in a directory that goes with it."""
    # The path of a socket has 107 bytes at most, which pytest's own directories exceed.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="vectron-", dir="/tmp"))
    server = Dev(directory)
    server.start()
    try:
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
