"""The processes of a cluster, by the program under test."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional


class CommandFailed(Exception):
    """A command that did not work, with what it said."""


@dataclass(frozen=True)
class Node:
    """A process as `vectron cluster status` shows it."""

    name: str
    role: str
    pid: Optional[int]
    paused: bool
    bridge: Optional[str]
    data: Path
    log: Path


class Cluster:
    """A cluster that runs for this run only, in a directory of its own."""

    def __init__(self, binary: Path, config: Path, directory: Path, *, isolated: bool) -> None:
        self.binary = binary
        self.config = config
        self.directory = directory
        self.isolated = isolated
        self.state = directory / "state"
        self.data = directory / "data"

    def up(self) -> None:
        """Starts all nodes and waits until they answer."""
        network = "--isolate" if self.isolated else "--free-ports"
        self.command("up", str(self.config), network, "--data-directory", str(self.data))

    def down(self) -> None:
        """Ends all nodes."""
        self.command("down", timeout=180)

    def command(self, *words: str, timeout: float = 90) -> str:
        """`vectron cluster …`, which must work."""
        result = self._run("cluster", *words, "--state", str(self.state), timeout=timeout)
        if result.returncode != 0:
            raise CommandFailed(f"vectron cluster {' '.join(words)}: {result.stderr.strip()}")
        return result.stdout

    def nodes(self) -> list[Node]:
        """All nodes, in the order of the file."""
        return [
            Node(
                name=node["node"], role=node["role"], pid=node["pid"], paused=node["paused"],
                bridge=node["bridge"], data=Path(node["data"]), log=Path(node["log"]),
            )
            for node in json.loads(self.command("status", "-o", "json"))
        ]

    def node(self, name: str) -> Node:
        """One node."""
        return next(node for node in self.nodes() if node.name == name)

    def bridges(self) -> list[str]:
        """Where clients connect."""
        return [node.bridge for node in self.nodes() if node.bridge is not None]

    def status(self) -> Optional[dict[str, Any]]:
        """The cluster as a gateway sees it; None if no gateway says."""
        try:
            result = self._run(
                "status", "-o", "json", "--timeout", "3s", "--config",
                str(self.state / "cluster.yaml"), timeout=20,
            )
            # It is printed even if a worker is silent, which counts as a failure.
            return dict(json.loads(result.stdout))
        except (ValueError, subprocess.TimeoutExpired):
            return None

    def _run(self, *words: str, timeout: float) -> "subprocess.CompletedProcess[str]":
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("VECTRON_")
        }
        return subprocess.run(
            [str(self.binary), *words], capture_output=True, text=True, timeout=timeout,
            env=environment, check=False,
        )


def replicas(status: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every replica in a status, with its worker."""
    return [
        (str(worker["node"]), shard)
        for worker in status.get("workers", [])
        for shard in worker.get("shards") or []
    ]


def leaders(status: Optional[dict[str, Any]]) -> list[str]:
    """The workers that lead a shard, if the status says so."""
    return sorted(
        {
            worker
            for worker, shard in replicas(status or {})
            if shard.get("role") == "leader" or shard.get("leader") in (True, worker)
        }
    )
