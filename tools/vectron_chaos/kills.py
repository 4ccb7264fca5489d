"""Kills one process at random moments while a client writes, and audits what it has afterwards.

The program has to be a debug build: only that can be told to write the graph every few changes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from pathlib import Path
from typing import Callable, Optional, Sequence

import vectron

from .content_hash import point_hash

_COLLECTION = "kills"
_DIMENSION = 12
# Enough that the graph is walked instead of all points being compared.
_KEY_COUNT = 1600
# What a search has unless it says so.
_EF_SEARCH = 128
_BATCH = 60
_QUERY_COUNT = 40
# Below this, more than one answer in fifty is wrong: no graph of this size and width has that.
_LEAST_RECALL = 0.98
_OPENING_SECONDS = 60.0
_CHANGES_PER_CHECKPOINT = 100

Vector = "array[float]"


class Finding(Exception):
    """What must never be."""


class Victim:
    """The process that is killed."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self.endpoint = f"ipc://{folder}/bridge"
        self.process: Optional["subprocess.Popen[bytes]"] = None
        self.log = folder / "log"

    def start(self) -> None:
        """Starts it."""
        environment = {
            **os.environ, "VECTRON_TEST_CHECKPOINT_CHANGES": str(_CHANGES_PER_CHECKPOINT)
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [
                    str(self._binary), "dev", "--rest", "none", "--data-directory", str(self._folder / "data"),
                    "--endpoint", f"ipc://{self._folder}/gateway", "--bridge", self.endpoint,
                    "--log-level", "info",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            )

    def kill(self) -> None:
        """Ends it without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def client(self, timeout: float = 5) -> vectron.Client:
        """A client that asks once."""
        return vectron.Client(self.endpoint, timeout=timeout, repeat=False)

    def create(self) -> None:
        """Makes the collection, as soon as it answers."""
        self._until_answered(
            lambda client: client.create_collection(
                _COLLECTION, _DIMENSION, vectron.Metric.EUCLID
            )
        )

    def wait(self) -> None:
        """Waits until it answers."""
        self._until_answered(lambda client: client.count(_COLLECTION))

    def _until_answered(self, request: Callable[[vectron.Client], object]) -> None:
        end = time.monotonic() + _OPENING_SECONDS
        while True:
            try:
                with self.client(5) as client:
                    request(client)
                    return
            except vectron.VectronError as error:
                if time.monotonic() > end:
                    raise Finding(f"it does not open: {error}") from error
                time.sleep(0.05)


class Model:
    """What was acknowledged."""

    def __init__(self, generator: random.Random) -> None:
        self.random = generator
        self.live: dict[int, "array[float]"] = {}
        self.dead: dict[int, "array[float]"] = {}

    def vector(self) -> "array[float]":
        """A vector that no other has."""
        return array("f", (self.random.gauss(0, 1) for _ in range(_DIMENSION)))

    def set(self, index: int, vector: Optional["array[float]"]) -> None:
        """Notes what a key has; a vector that it had is not to be found any more."""
        old = self.live.pop(index, None)
        if old is not None and old != vector:
            self.dead[index] = old
        if vector is not None:
            self.live[index] = vector

    @property
    def hash(self) -> str:
        """The state's hash, as the status shows it."""
        return format(sum(point_hash(*each) for each in self.live.items()) % (1 << 64), "x")


def _write_until_killed(victim: Victim, model: Model, delay: float) -> dict[int, object]:
    """Writes until the process is gone; returns what was under way, by key."""
    timer = threading.Timer(delay, victim.kill)
    timer.start()
    try:
        with victim.client() as client:
            while True:
                generator = model.random
                indices = generator.sample(range(_KEY_COUNT), generator.randint(1, _BATCH))
                change: dict[int, Optional["array[float]"]]
                if generator.random() < 0.3:
                    change = {index: None for index in indices}
                else:
                    change = {index: model.vector() for index in indices}
                try:
                    if None in change.values():
                        client.delete(_COLLECTION, indices)
                    else:
                        vectors = [each for each in change.values() if each is not None]
                        client.upsert(_COLLECTION, indices, vectors)
                except vectron.VectronError:
                    timer.join()
                    return dict(change)
                for index, vector in change.items():
                    model.set(index, vector)
    finally:
        timer.join()


def _resolve(client: vectron.Client, model: Model, change: dict[int, object]) -> None:
    """Finds out whether the last change was made: all of it or nothing."""
    found = {point.id: _floats(point) for point in client.get(_COLLECTION, change)}
    before = {index: model.live.get(index) for index in change}
    if {index: found.get(index) for index in change} == change:
        for index, vector in change.items():
            model.set(index, vector)  # type: ignore[arg-type]
    elif {index: found.get(index) for index in change} != before:
        raise Finding(f"a change of {len(change)} points was made in part")


def _floats(point: vectron.Point) -> "array[float]":
    """A point's vector as the model holds it."""
    return array("f", () if point.vector is None else point.vector.tolist())


def audit(client: vectron.Client, model: Model) -> tuple[float, list[int]]:
    """Raises a finding if anything is not as it was acknowledged.

    Returns:
        The recall, and the points that only an exact search finds by their vectors.
    """
    missed: list[int] = []
    count = client.count(_COLLECTION)
    if count != len(model.live):
        raise Finding(f"{count} points instead of {len(model.live)}")
    shards = [shard for worker in client.status()["workers"] for shard in worker["shards"]]
    if shards[0]["state_hash"] != model.hash:
        raise Finding(f"the state's hash is {shards[0]['state_hash']}, not {model.hash}")
    for index, vector in model.live.items():
        found = client.search(_COLLECTION, vector, limit=1, ef_search=_EF_SEARCH, with_payload=False)
        if [point.id for point in found] != [index]:
            exact = client.search(_COLLECTION, vector, limit=1, with_payload=False, exact=True)
            if [point.id for point in exact] != [index]:
                raise Finding(f"point {index} is not found by its vector, but {exact}")
            missed.append(index)
    if missed:
        raise Finding(f"the graph does not find {len(missed)} points by their vectors")
    for index, vector in list(model.dead.items())[-200:]:
        if index in model.live:
            continue
        found = client.search(_COLLECTION, vector, limit=10, ef_search=_EF_SEARCH, with_payload=False)
        if index in [point.id for point in found]:
            raise Finding(f"point {index} was deleted and is found")
    hits = 0
    for _ in range(_QUERY_COUNT):
        query = model.vector()
        exact = client.search(_COLLECTION, query, limit=10, with_payload=False, exact=True)
        found = client.search(_COLLECTION, query, limit=10, ef_search=_EF_SEARCH, with_payload=False)
        hits += len({point.id for point in exact} & {point.id for point in found})
        if len(exact) != min(10, len(model.live)):
            raise Finding(f"an exact search finds {len(exact)} points")
    return hits / (10 * _QUERY_COUNT), missed


def run(binary: Path, kills: int, seed: int, folder: Path) -> None:
    """Kills so often, and raises the first finding."""
    generator = random.Random(seed)
    model = Model(generator)
    victim = Victim(binary, folder)
    recalls: list[float] = []
    missed_count = 0
    begin = time.monotonic()
    victim.start()
    try:
        victim.create()
        victim.wait()
        for number in range(1, kills + 1):
            change = _write_until_killed(victim, model, generator.uniform(0.02, 0.8))
            victim.start()
            if generator.random() < 0.25:
                # While it opens, or builds the graph anew.
                time.sleep(generator.uniform(0.2, 1.5))
                victim.kill()
                victim.start()
            victim.wait()
            with victim.client(20) as client:
                _resolve(client, model, change)
                recall, missed = audit(client, model)
                recalls.append(recall)
                missed_count += len(missed)
            if len(model.live) > 8 * _EF_SEARCH and recalls[-1] < _LEAST_RECALL:
                raise Finding(f"a recall of {recalls[-1]:.3f}")
            if number % 10 == 0 or number == kills:
                print(
                    f"{number} kills, {len(model.live)} points, recall {min(recalls):.3f} to "
                    f"{max(recalls):.3f}, {missed_count} missed, {time.monotonic() - begin:.0f} s", flush=True,
                )
    except Finding as finding:
        raise Finding(f"seed {seed}, after {len(recalls)} audits: {finding}") from finding
    finally:
        victim.kill()
    log = victim.log.read_text(errors="replace")
    print(
        f"{log.count('the graph was written')} checkpoints, "
        f"{log.count('the graph is built anew')} graphs built anew"
    )


def main(words: Optional[Sequence[str]] = None) -> int:
    """The command line."""
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="tools/kill-test", description=__doc__)
    parser.add_argument("--binary", type=Path, default=root / ".build/debug/vectron")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="vectron-kills-"))
    try:
        run(options.binary.resolve(), options.kills, options.seed, folder)
    except Finding as finding:
        print(f"tools/kill-test: {finding}; its files are in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
