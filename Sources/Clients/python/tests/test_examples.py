"""The examples run as their readers would run them."""

import os
import pathlib
import subprocess
import sys

import numpy
import processes
import pytest

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"

pytestmark = processes.needed


@pytest.fixture(scope="module")
def server():
    with processes.dev() as server:
        yield server


def run(name, *arguments):
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_quickstart(server):
    for _ in range(2):
        assert run("quickstart.py", server.endpoint).split("\n")[0].endswith("Alien")


def test_upload(server, tmp_path):
    numpy.save(tmp_path / "v.npy", numpy.random.default_rng(1).standard_normal((500, 8), "f4"))
    assert run("upload.py", server.endpoint, tmp_path / "v.npy").count("recall") == 4


def test_many_tasks(server):
    assert "10000 points" in run("many_tasks.py", server.endpoint)
