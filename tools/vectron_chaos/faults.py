"""What can go wrong with a node or a network, how it is injected, and how it is undone."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from .cluster import Cluster, CommandFailed, Node, leaders

# How long a process may go on after a failed fsync.
_FENCE_SECONDS = 10.0


@dataclass
class Context:
    """What faults need to know of a run."""

    cluster: Cluster
    generator: random.Random
    # Keeps the supervisor from restarting a node, and lets it.
    hold_down: Callable[[str], None]
    let_up: Callable[[str], None]
    # Notes what must never be.
    find: Callable[[str], None]
    # The workers whose data is on a small disk of its own.
    small_disks: list[str]

    def node(self, *roles: str) -> Node:
        """Any running node of these roles, or of all."""
        return self.nodes(1, *roles)[0]

    def nodes(self, count: int, *roles: str) -> list[Node]:
        """Different running nodes."""
        running = [
            node
            for node in self.cluster.nodes()
            if node.pid is not None and not node.paused and (not roles or node.role in roles)
        ]
        if len(running) < count:
            raise Impossible("too few nodes run")
        return self.generator.sample(running, count)

    def leader(self) -> Node:
        """A worker that leads a shard, or any if nobody says who leads."""
        names = leaders(self.cluster.status())
        running = [node for node in self.cluster.nodes() if node.pid is not None]
        found = [node for node in running if node.name in names]
        return self.generator.choice(found) if found else self.node("worker")

    def seconds(self, least: float, most: float) -> float:
        """A duration; short ones are as likely as long ones."""
        return float(least * (most / least) ** self.generator.random())


class Impossible(Exception):
    """A fault that makes no sense now."""


@dataclass
class Injected:
    """A fault that is there, until `undo`."""

    text: str
    seconds: float
    undo: Callable[[], None]


def _take_down(context: Context, verb: str, nodes: list[Node]) -> Injected:
    """Ends nodes and keeps the supervisor from starting them until the fault is undone."""
    names = [node.name for node in nodes]
    for name in names:
        context.hold_down(name)

    def let_up() -> None:
        for name in names:
            context.let_up(name)

    try:
        context.cluster.command(verb, *names)
    except CommandFailed as error:
        let_up()
        raise Impossible(str(error)) from error
    return Injected(f"{verb} {' '.join(names)}", context.seconds(0.1, 5), let_up)


def kill_node(context: Context) -> Injected:
    """A crash of any node."""
    return _take_down(context, "kill", [context.node()])


def kill_leader(context: Context) -> Injected:
    """A crash of the worker that leads a shard."""
    return _take_down(context, "kill", [context.leader()])


def kill_placement(context: Context) -> Injected:
    """A crash of a placement driver."""
    return _take_down(context, "kill", [context.node("placement")])


def kill_all(context: Context) -> Injected:
    """A power cut, but for what the disks forget."""
    nodes = [node for node in context.cluster.nodes() if node.pid is not None]
    return _take_down(context, "kill", nodes)


def restart(context: Context) -> Injected:
    """An orderly stop and start, as in an upgrade."""
    return _take_down(context, "stop", [context.node()])


def _pause(context: Context, node: Node) -> Injected:
    try:
        context.cluster.command("pause", node.name)
    except CommandFailed as error:
        raise Impossible(str(error)) from error

    def resume() -> None:
        try:
            context.cluster.command("resume", node.name)
        except CommandFailed as error:
            # A paused process can be killed by another fault.
            if "does not run" not in str(error):
                raise

    return Injected(f"pause {node.name}", context.seconds(0.1, 10), resume)


def pause_node(context: Context) -> Injected:
    """A machine that swaps or sleeps: all its clocks seem to jump."""
    return _pause(context, context.node())


def pause_leader(context: Context) -> Injected:
    """A leader that does not know how long it was away."""
    return _pause(context, context.leader())


def _partition(context: Context, *words: str) -> Injected:
    if not context.cluster.isolated:
        raise Impossible("the nodes share a network")
    context.cluster.command("partition", *words)

    def heal() -> None:
        context.cluster.command("heal")

    return Injected(
        f"partition {' '.join(words)}",
        context.seconds(0.5, 12),
        heal,
    )


def partition_node(context: Context) -> Injected:
    """One or two nodes that nobody hears."""
    count = context.generator.choice([1, 1, 2])
    return _partition(context, *(node.name for node in context.nodes(count)))


def partition_leader(context: Context) -> Injected:
    """A leader without its followers, which clients still reach."""
    return _partition(context, context.leader().name)


def partition_one_way(context: Context) -> Injected:
    """A node that hears and is not heard, or the other way round."""
    node = context.node("worker", "placement").name
    if context.generator.random() < 0.5:
        return _partition(context, node, "--one-way")
    others = [each.name for each in context.cluster.nodes() if each.name != node]
    return _partition(context, *others, "--from", node, "--one-way")


def partition_link(context: Context) -> Injected:
    """Two nodes that hear all but each other."""
    first, second = context.nodes(2, "worker", "placement")
    return _partition(context, first.name, "--from", second.name)


def fail_fsync(context: Context) -> Injected:
    """The next fsync of each thread fails; the process must end, not go on without it."""
    node = context.node("worker", "placement")
    trace = context.cluster.directory / f"strace-{time.monotonic_ns()}.txt"
    tracer = subprocess.Popen(
        [
            "strace", "-f", "-qq", "-o", str(trace), "-p", str(node.pid),
            "-e", "trace=fsync,fdatasync,sync_file_range",
            "-e", "inject=fsync,fdatasync:error=EIO:when=1",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )

    def undo() -> None:
        failed_at: Optional[float] = None
        deadline = time.monotonic() + _FENCE_SECONDS
        while time.monotonic() < deadline and _runs(node.pid):
            if failed_at is None and _injected(trace):
                failed_at = time.monotonic()
                deadline = failed_at + _FENCE_SECONDS
            time.sleep(0.1)
        survived = failed_at is not None and _runs(node.pid)
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait()
        if survived:
            context.find(f"{node.name} went on for {_FENCE_SECONDS:.0f} s after a failed fsync")

    return Injected(f"fail fsync of {node.name}", 0, undo)


def _runs(pid: Optional[int]) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def _injected(trace: Path) -> bool:
    try:
        return "(INJECTED)" in trace.read_text(errors="replace")
    except OSError:
        return False


def fill_disk(context: Context) -> Injected:
    """A disk without room; nothing that was acknowledged may need it."""
    if not context.small_disks:
        raise Impossible("no disk is small")
    name = context.generator.choice(context.small_disks)
    ballast = context.cluster.node(name).data / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError:  # full, as it should be
            pass

    def empty() -> None:
        ballast.unlink(missing_ok=True)

    return Injected(f"fill the disk of {name}", context.seconds(2, 10), empty)


def wipe(context: Context) -> Injected:
    """A worker that comes back with an empty disk; the others have all it had."""
    node = context.node("worker")
    fault = _take_down(context, "kill", [node])
    for entry in list(os.scandir(node.data)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    fault.text = f"wipe {node.name}"
    return fault


# What each is called, and how often it is drawn.
KINDS: dict[str, tuple[Callable[[Context], Injected], float]] = {
    "kill": (kill_node, 3),
    "kill-leader": (kill_leader, 3),
    "kill-placement": (kill_placement, 1),
    "kill-all": (kill_all, 1),
    "restart": (restart, 1.5),
    "pause": (pause_node, 2),
    "pause-leader": (pause_leader, 2),
    "partition": (partition_node, 2),
    "partition-leader": (partition_leader, 2.5),
    "partition-one-way": (partition_one_way, 2.5),
    "partition-link": (partition_link, 2),
    "fsync": (fail_fsync, 1.5),
    "disk-full": (fill_disk, 1),
    "wipe": (wipe, 1),
}
