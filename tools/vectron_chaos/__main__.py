"""The command line of tools/chaos."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import vectron

from .cluster import CommandFailed
from .faults import KINDS
from .run import Options, Run

_ROOT = Path(__file__).resolve().parents[2]


def _options(arguments: argparse.Namespace, directory: Path) -> Options:
    binary = Path(arguments.binary).resolve()
    if not binary.is_file():
        raise SystemExit(f"tools/chaos: there is no program {binary}; see --binary")
    judge = Path(arguments.judge) if arguments.judge else binary.parent / "vectron-simulate"
    if arguments.judge and not judge.is_file():
        raise SystemExit(f"tools/chaos: there is no program {judge}")
    return Options(
        binary=binary,
        judge=judge.resolve() if judge.is_file() else None,
        config=Path(arguments.config).resolve(),
        directory=directory,
        minutes=arguments.minutes,
        seed=time.time_ns() % 1_000_000 if arguments.seed is None else arguments.seed,
        kinds=arguments.faults.split(",") if arguments.faults else [],
        clients=arguments.clients,
        keys=arguments.keys,
        shards=arguments.shards,
        pause=arguments.pause / 1000,
        timeout=arguments.timeout,
        disk_megabytes=arguments.disk,
        max_wipes=arguments.wipes,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools/chaos",
        description="Lets faults loose on a cluster of processes and judges what clients saw.",
        epilog="Exit status: 0 all is well, 1 something was found, 2 the run could not be made.",
    )
    add = parser.add_argument
    add("--minutes", type=float, default=1.0, help="how long faults come (default %(default)s)")
    add("--seed", type=int, help="which faults come, and what clients do; else by the clock")
    add(
        "--config", default=str(_ROOT / "cluster-configs/three-node.yaml"),
        help="the cluster file (default: three-node.yaml)",
    )
    add("--out", help="an empty directory for history, logs and report; else a temporary one")
    add(
        "--binary", default=str(_ROOT / ".build/release/vectron"),
        help="the program under test (default: the release build)",
    )
    add("--judge", help="vectron-simulate (default: beside the program under test)")
    add("--faults", help=f"only these, parted by commas: {', '.join(KINDS)}")
    add("--clients", type=int, default=8, help="how many at once (default %(default)s)")
    add("--keys", type=int, default=24, help="how many are in use at once (default %(default)s)")
    add("--shards", type=int, default=3, help="of the collection (default %(default)s)")
    add("--pause", type=float, default=10, help="of a client, in ms (default %(default)s)")
    add("--timeout", type=float, default=5, help="of a request, in s (default %(default)s)")
    add("--disk", type=int, default=256, help="MiB of the disk that fills (default %(default)s)")
    add("--wipes", type=int, default=1, help="how many disks are wiped (default %(default)s)")
    return parser


def main() -> int:
    """Runs once, and keeps the directory if somebody has to look at it."""
    parser = _parser()
    arguments = parser.parse_args()
    unknown = set((arguments.faults or "kill").split(",")) - set(KINDS)
    if unknown:
        parser.error(f"unknown faults: {', '.join(sorted(unknown))}")
    if not 3 <= arguments.keys <= 1_000 or arguments.clients < 1 or arguments.timeout > 10:
        # Above, a client would send a request again by itself.
        parser.error("--keys is 3 to 1000, --clients at least 1, --timeout at most 10")
    # Short: the path of a socket has 107 bytes at most.
    directory = Path(arguments.out or tempfile.mkdtemp(prefix="vectron-chaos-")).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        parser.error(f"{directory} is not empty")
    # Ends as Ctrl-C does: the cluster is taken down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        passed = Run(_options(arguments, directory)).execute()
    except (CommandFailed, vectron.VectronError, OSError, subprocess.SubprocessError) as error:
        print(f"tools/chaos: {error}", file=sys.stderr)
        return 2
    if passed and not arguments.out:
        shutil.rmtree(directory)
    else:
        print(f"history, faults, logs and report are in {directory}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
