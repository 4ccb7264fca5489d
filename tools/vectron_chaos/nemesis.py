"""The seeded schedule of faults, and the supervisor that restarts what died."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Callable, Optional, Sequence

from .cluster import Cluster, CommandFailed
from .faults import KINDS, Context, Impossible, Injected


class Supervisor(threading.Thread):
    """Restarts nodes that died, as a service manager does; not those that a fault holds down."""

    _PERIOD = 0.3
    # Between starts of a node that ends again and again.
    _PAUSE = 1.0

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._started_at: dict[str, float] = {}
        self._stop_event = threading.Event()
        self.restarts: Counter[str] = Counter()
        self.running = (0, 0)

    def hold_down(self, name: str) -> None:
        """Leaves a node alone until ``let_up``."""
        with self._lock:
            self._held[name] += 1

    def let_up(self, name: str) -> None:
        """Takes care of a node again."""
        with self._lock:
            self._held[name] -= 1

    def run(self) -> None:
        while not self._stop_event.wait(self._PERIOD):
            try:
                self._look()
            except CommandFailed:
                # A node was started by a fault in the same moment; the next look shows it.
                continue

    def stop(self) -> None:
        """Ends the thread."""
        self._stop_event.set()
        self.join()

    def _look(self) -> None:
        nodes = self._cluster.nodes()
        self.running = (sum(node.pid is not None for node in nodes), len(nodes))
        now = time.monotonic()
        with self._lock:
            dead = [
                node.name
                for node in nodes
                if node.pid is None
                and self._held[node.name] <= 0
                and now - self._started_at.get(node.name, 0) > self._PAUSE
            ]
        for name in dead:
            self._started_at[name] = now
            self.restarts[name] += 1
            self._cluster.command("start", name, "--no-wait")


class Nemesis(threading.Thread):
    """Injects faults until it is stopped; then all are undone.

    The seed decides which faults come, in which order, and how long they last. What is hit depends
    on who runs and who leads then.
    """

    # How long the cluster is left alone between faults, in seconds.
    _LEAST_REST, _LONGEST_REST = 0.5, 4.0
    # How often a second fault comes while the first is there.
    _OVERLAP = 0.3

    def __init__(
        self,
        context: Context,
        kinds: Sequence[str],
        log: Path,
        *,
        max_wipes: int,
        find: Callable[[str], None],
    ) -> None:
        super().__init__(daemon=True)
        self._context = context
        self._kinds = list(kinds)
        self._log = log.open("w", encoding="utf-8")
        self._wipes_left = max_wipes
        self._find = find
        self._stop_event = threading.Event()
        self.counts: Counter[str] = Counter()
        self.last = "none yet"

    @property
    def _random(self) -> random.Random:
        return self._context.generator

    def run(self) -> None:
        try:
            while not self._stop_event.wait(
                self._random.uniform(self._LEAST_REST, self._LONGEST_REST)
            ):
                self._strike()
        except Exception as error:  # a run without faults would look like success
            self._find(f"the nemesis ended: {type(error).__name__}: {error}")
        finally:
            self._log.close()

    def stop(self) -> None:
        """Undoes the faults that are there and ends the thread."""
        self._stop_event.set()
        self.join()

    def _strike(self) -> None:
        faults = [self._inject()]
        if self._random.random() < self._OVERLAP:
            faults.append(self._inject())
        present = [fault for fault in faults if fault is not None]
        begin = time.monotonic()
        for fault in sorted(present, key=lambda fault: fault.seconds):
            self._stop_event.wait(max(0.0, begin + fault.seconds - time.monotonic()))
            fault.undo()
            self._note("undo", fault.text)

    def _inject(self) -> Optional[Injected]:
        kinds = [kind for kind in self._kinds if kind != "wipe" or self._wipes_left > 0]
        if not kinds:
            return None
        [kind] = self._random.choices(kinds, [KINDS[kind][1] for kind in kinds])
        try:
            fault = KINDS[kind][0](self._context)
        except Impossible as error:
            self._note("impossible", f"{kind}: {error}")
            return None
        if kind == "wipe":
            self._wipes_left -= 1
        self.counts[kind] += 1
        self.last = fault.text
        self._note("inject", f"{fault.text} ({fault.seconds:.1f} s)")
        return fault

    def _note(self, event: str, text: str) -> None:
        json.dump({"at_ns": time.monotonic_ns(), "event": event, "fault": text}, self._log)
        self._log.write("\n")
        self._log.flush()
