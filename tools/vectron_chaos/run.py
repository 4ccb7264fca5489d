"""A run from its options to its verdict."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence

import vectron

from . import points
from .audit import audit, compare_replicas, wait_until_served
from .cluster import Cluster
from .consistency import check
from .faults import KINDS, Context
from .history import FAIL, OK, UNKNOWN, HistoryWriter, read_history
from .nemesis import Nemesis, Supervisor
from .workload import Tally, Workload

_PROGRESS_SECONDS = 10.0
# The longest that the judge may think.
_JUDGE_SECONDS = 900
# Findings that are printed; all are in the report.
_MAX_PRINTED_FINDINGS = 20


@dataclass(frozen=True)
class Options:
    """What a run is asked to do."""

    binary: Path
    judge: Optional[Path]
    config: Path
    directory: Path
    minutes: float
    seed: int
    kinds: Sequence[str]
    clients: int
    keys: int
    shards: int
    pause: float
    timeout: float
    disk_megabytes: int
    max_wipes: int


def fault_kinds(wanted: Optional[Sequence[str]], config: Path) -> tuple[list[str], dict[str, str]]:
    """Which faults can be injected here, and why the others cannot."""
    text = config.read_text(encoding="utf-8")
    replicas = re.search(r"^\s*replicas:\s*(\d+)", text, re.MULTILINE)
    reasons: dict[str, str] = {}
    for kind in wanted or KINDS:
        if kind.startswith("partition"):
            if os.geteuid() != 0:
                reasons[kind] = "network namespaces need root"
            elif not all(map(shutil.which, ["ip", "nft", "nsenter"])):
                reasons[kind] = "iproute2, nftables or nsenter is not installed"
        elif kind == "fsync" and shutil.which("strace") is None:
            reasons[kind] = "strace is not installed"
        elif kind == "disk-full" and os.geteuid() != 0:
            reasons[kind] = "a small file system needs root"
        elif kind == "wipe" and (replicas is None or int(replicas[1]) < 3):
            reasons[kind] = "without three replicas a wiped disk is lost data"
    return [kind for kind in wanted or KINDS if kind not in reasons], reasons


class Run:
    """One run; ``execute`` does it all and says whether all was well."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._begin = time.monotonic()
        self._kinds, self._impossible = fault_kinds(options.kinds or None, options.config)
        self._cluster = Cluster(
            options.binary, options.config, options.directory,
            isolated=any(kind.startswith("partition") for kind in self._kinds),
        )
        self._history_path = options.directory / "history.jsonl"
        self._small_disk: Optional[Path] = None
        self._lines: list[tuple[str, str]] = []

    def execute(self) -> bool:
        """Starts the cluster, lets faults loose, heals, audits and judges."""
        options = self._options
        print(f"seed {options.seed}, {options.config.name}, in {options.directory}", flush=True)
        for kind, reason in self._impossible.items():
            print(f"no {kind}: {reason}", flush=True)
        try:
            self._mount_small_disk()
            self._cluster.up()
            return self._with_cluster()
        finally:
            self._cluster.down()
            self._unmount_small_disk()

    def _with_cluster(self) -> bool:
        options = self._options
        self._create_collection()
        history = HistoryWriter(self._history_path)
        workload = Workload(
            self._cluster.bridges(), history, seed=options.seed, client_count=options.clients,
            key_count=options.keys, pause=options.pause, timeout=options.timeout,
        )
        tally = workload.tally
        supervisor = Supervisor(self._cluster)
        nemesis = self._nemesis(supervisor, tally)
        supervisor.start()
        workload.start()
        nemesis.start()
        self._watch(workload, nemesis, supervisor)

        nemesis.stop()
        self._say("faults are undone")
        recovery = wait_until_served(self._cluster, tally)
        workload.stop()
        if recovery is not None:
            self._lines.append(("served again after", f"{recovery:.1f} s"))
            self._audit_twice(workload, history, supervisor)
        supervisor.stop()
        history.close()
        self._judge(tally)
        return self._report(tally, nemesis, supervisor)

    def _audit_twice(
        self, workload: Workload, history: HistoryWriter, supervisor: Supervisor
    ) -> None:
        """Audits what is there, and again what is there after all processes were killed."""
        tally = workload.tally
        generator = random.Random(f"{self._options.seed} audit")
        for occasion in ["after healing", "after a kill of all"]:
            try:
                live = audit(self._cluster, workload, history, generator)
                compared = compare_replicas(self._cluster, tally)
            except vectron.VectronError as error:
                tally.find(f"the audit {occasion} was not answered: {error.code}: {error}")
                return
            self._say(f"audited {occasion}: {live} of {workload.pool.used} keys live; {compared}")
            if occasion == "after healing":
                self._lines.append(("keys", f"{workload.pool.used}, {live} live"))
                self._lines.append(("replicas", compared or "differ"))
                self._cluster.command(
                    "kill", *(node.name for node in self._cluster.nodes() if node.pid is not None)
                )
                if wait_until_served(self._cluster, tally) is None:
                    return

    def _nemesis(self, supervisor: Supervisor, tally: Tally) -> Nemesis:
        context = Context(
            cluster=self._cluster,
            generator=random.Random(f"{self._options.seed} nemesis"),
            hold_down=supervisor.hold_down,
            let_up=supervisor.let_up,
            find=tally.find,
            small_disks=[self._small_disk.name] if self._small_disk else [],
        )
        return Nemesis(
            context, self._kinds, self._options.directory / "faults.jsonl",
            max_wipes=self._options.max_wipes, find=tally.find,
        )

    def _watch(self, workload: Workload, nemesis: Nemesis, supervisor: Supervisor) -> None:
        end = time.monotonic() + 60 * self._options.minutes
        tally, before = workload.tally, 0
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(_PROGRESS_SECONDS, left))
            total = tally.total()
            self._say(
                f"{total:7} operations ({(total - before) / _PROGRESS_SECONDS:.0f}/s), "
                f"{tally.total(FAIL)} failed, {tally.total(UNKNOWN)} unknown, "
                f"{sum(nemesis.counts.values())} faults, "
                f"{supervisor.running[0]} of {supervisor.running[1]} nodes, "
                f"last: {nemesis.last}"
            )
            before = total

    def _create_collection(self) -> None:
        # A second, while workers register: nothing else has been asked of this cluster.
        deadline = time.monotonic() + 30
        while True:
            try:
                with vectron.Client(self._cluster.bridges()[0]) as client:
                    client.create_collection(
                        Workload.COLLECTION, points.DIMENSION, vectron.Metric.EUCLID,
                        shard_count=self._options.shards,
                    )
                return
            except vectron.AlreadyExists:
                return
            except vectron.VectronError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    # Judging and telling

    def _judge(self, tally: Tally) -> None:
        violations = check(read_history(self._history_path))
        for violation in violations:
            tally.find(f"{violation.kind}: {violation.key}: {violation.text}")
        self._lines.append(("quick check", f"{len(violations)} violations"))
        judge = self._options.judge
        if judge is None:
            self._lines.append(("judge", "not built: swift build --product vectron-simulate"))
            return
        try:
            result = subprocess.run(
                [str(judge), "check-history", str(self._history_path)],
                capture_output=True, text=True, timeout=_JUDGE_SECONDS, check=False,
            )
        except subprocess.TimeoutExpired:
            tally.find(f"the judge did not decide within {_JUDGE_SECONDS} s")
            return
        said = (result.stdout + result.stderr).strip()
        self._lines.append(("judge", said.splitlines()[-1] if said else f"{result.returncode}"))
        if result.returncode != 0:
            tally.find(f"the judge refuses the history: {said}")

    def _report(self, tally: Tally, nemesis: Nemesis, supervisor: Supervisor) -> bool:
        if tally.acknowledged_writes() == 0:
            tally.find("no write was acknowledged: nothing was tested")
        if not sum(nemesis.counts.values()) and self._kinds:
            tally.find("no fault was injected: nothing was tested")
        passed = not tally.findings
        print()
        print(f"{'operation':<12}{'ok':>10}{'failed':>10}{'unknown':>10}")
        for op in sorted({op for op, _ in tally.results}):
            counts = [tally.results[op, result] for result in (OK, FAIL, UNKNOWN)]
            print(f"{op:<12}" + "".join(f"{count:>10}" for count in counts))
        print()
        rows = [
            ("errors", _counts(tally.errors)),
            ("faults", _counts(nemesis.counts)),
            ("restarts by supervisor", _counts(supervisor.restarts)),
            ("longest write gap", f"{tally.longest_gap:.1f} s"),
            ("graph searches that found nothing", str(tally.graph_misses)),
            *self._lines,
            ("verdict", "passed" if passed else f"{len(tally.findings)} FINDINGS"),
        ]
        for name, text in rows:
            print(f"{name:<35}{text}")
        for finding in tally.findings[:_MAX_PRINTED_FINDINGS]:
            print(f"  ! {finding}")
        report = {
            "seed": self._options.seed,
            "config": self._options.config.name,
            "passed": passed,
            "results": {f"{op} {result}": n for (op, result), n in sorted(tally.results.items())},
            "faults": dict(nemesis.counts),
            "longest_write_gap_seconds": round(tally.longest_gap, 3),
            "findings": tally.findings,
            "lines": dict(rows),
        }
        path = self._options.directory / "report.json"
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        return passed

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self._begin:6.0f} s {text}", flush=True)

    # A disk that can be full

    def _mount_small_disk(self) -> None:
        if "disk-full" not in self._kinds:
            return
        worker = re.search(
            r"name:\s*['\"]?([\w.-]+)['\"]?[\s,]+role:\s*worker",
            self._options.config.read_text(encoding="utf-8"),
        )
        if worker is None:
            return
        path = self._cluster.data / worker[1]
        path.mkdir(parents=True)
        subprocess.run(
            [
                "mount", "-t", "tmpfs", "-o", f"size={self._options.disk_megabytes}m",
                "vectron-chaos", str(path),
            ],
            check=True,
        )
        self._small_disk = path

    def _unmount_small_disk(self) -> None:
        if self._small_disk is not None:
            subprocess.run(["umount", "--lazy", str(self._small_disk)], check=False)


def _counts(counter: "dict[str, int]") -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"
