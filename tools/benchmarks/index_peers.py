"""Measures the index and its peers, each in a process of its own, and prints one table.

`run-index` calls it with the path of the built index-bench.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

from index_bench import cases, datasets, packages, peers
from index_table import print_tables

HERE = pathlib.Path(__file__).resolve().parent
PEER_SECONDS = 3600
"""A peer that takes longer is stopped and named."""

EFS = "10,12,14,16,20,24,28,32,40,48,64,80,96,128,160,200,256,320"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench index", description=__doc__)
    parser.add_argument("--index-bench", required=True, help=argparse.SUPPRESS)
    source = parser.add_argument_group("what is searched")
    source.add_argument("--dataset", help="a folder with base*.npy, queries.npy and meta.json")
    source.add_argument("--ground-truth", help="the folder with gt100.npy, if it is another")
    source.add_argument("--rows", type=int, help="only the first rows of the base")
    source.add_argument("--queries", type=int, default=1000, help="the most queries; 0 for all")
    source.add_argument("--synthetic", metavar="N,D", help="seeded clusters instead of a folder")
    how = parser.add_argument_group("how")
    how.add_argument("--peers", default="all", metavar="LIST", help=(
        f"all, quick, none, or some of {','.join(peers.MODULES)}"))
    how.add_argument("--quick", action="store_true", help="two passes, one thread, few peers")
    how.add_argument("--passes", type=int, default=5, help="the best pass counts")
    how.add_argument("--threads", default="1,2", metavar="LIST", help="of builds; searches have 1")
    how.add_argument("--clock", choices=["wall", "cpu"], default="wall", help=(
        "cpu: queries per processor second, for a machine that is busy with other work"))
    how.add_argument("--ef", default=EFS, metavar="LIST", help="vectron's widths")
    how.add_argument("--case", choices=sorted(cases.CASES), help="another case than plain search")
    result = parser.add_argument_group("results")
    result.add_argument("--json", help="keep all rows here, one JSON object a line")
    result.add_argument("--plot", metavar="FILE.svg", help="cost against the number of rows")
    result.add_argument("--plot-rows", default="20000,all", metavar="LIST", help=(
        "the dataset's sizes in the plot"))
    result.add_argument("--plot-synthetic", default="100000,1000000", metavar="LIST", help=(
        "the synthetic sizes in the plot, of 128 dimensions"))
    options, ours = parser.parse_known_args(arguments)
    if options.quick:
        options.passes = min(options.passes, 2)
        options.threads = "1"
        options.peers = "quick" if options.peers == "all" else options.peers
    if options.plot and options.peers in ("all", "quick"):
        options.peers = "hnswlib"  # what the drawing shows
    if options.case and options.peers == "quick":
        options.peers = "all"  # a case has few
    if not options.synthetic and not options.dataset:
        parser.error("--dataset DIR or --synthetic N,D says what to search")
    return options, ours


def prepared(options):
    if options.synthetic:
        rows, dimension = (int(part) for part in options.synthetic.split(","))
        return datasets.synthetic(rows, dimension, options.queries or 1000)
    return datasets.prepare(
        options.dataset, options.ground_truth, options.rows, options.queries)


def peer_names(word):
    if word == "none":
        return []
    names = {"all": list(peers.MODULES), "quick": list(peers.QUICK)}.get(word) or word.split(",")
    unknown = [name for name in names if name not in peers.MODULES]
    if unknown:
        sys.exit(f"index_peers: no peer is called {', '.join(unknown)}; "
                 f"there are {', '.join(peers.MODULES)}")
    return names


class Run:
    """Collects the rows of all systems on one prepared folder."""

    def __init__(self, folder, keep):
        self.folder = folder
        self.name = datasets.read_meta(folder)["name"]
        self.keep = keep

    def system(self, name, command):
        """Runs one system; what it wrote before a failure counts, and the failure is a row."""
        load = os.getloadavg()[0]
        print(f"{self.name}: {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / "rows.json"
            reason = outcome([*command, "--json", str(path)])
            if path.exists():
                for line in path.read_text().splitlines():
                    self.keep(json.loads(line))
        # The busier end: what came before a short run says nothing of it.
        self.note(name, "load_average", max(load, os.getloadavg()[0]))
        if reason:
            self.note(name, "missing", reason)

    def note(self, system, metric, value):
        self.keep({"bench": "index", "case": self.name, "system": system, "metric": metric,
                   "value": value})


def outcome(command):
    """None if the command succeeded, else why not."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace", timeout=PEER_SECONDS, cwd=HERE)
    except subprocess.TimeoutExpired:
        return f"took longer than {PEER_SECONDS} s"
    if done.returncode == 0:
        return None
    if done.returncode < 0:
        return f"ended by signal {-done.returncode}"
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return said[-1].removeprefix("index_bench.peers.peer.")


def environment():
    def said(*command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
        return done.stdout.strip()

    model = next((line.split(":")[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    commit = said("git", "rev-parse", "--short", "HEAD") or "unknown"
    if said("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " and changes"
    return {"metric": "environment", "cpu": model, "cores": os.cpu_count(), "commit": commit,
            "load": os.getloadavg(), "peers": packages.versions()}


def measure(options, ours, folder, keep):
    """The plain case: every system on one folder."""
    run = Run(folder, keep)
    run.system("vectron", [
        options.index_bench, "--dataset", str(folder), "--ef", options.ef,
        "--threads", options.threads, "--passes", str(options.passes), *ours])
    if peer_names(options.peers):
        # Without codes: what the peers that compare float32 vectors are to be compared with.
        run.system("vectron_float32", [
            options.index_bench, "--dataset", str(folder), "--ef", options.ef, "--threads", "1",
            "--passes", str(options.passes), *ours, "--element", "float32",
            "--traversal", "vectors"])
    for name in peer_names(options.peers):
        reason = packages.install(name)
        if reason:
            run.note(name, "missing", reason)
            continue
        run.system(name, [
            sys.executable, "-m", "index_bench.measure", "--peer", name, "--data", str(folder),
            "--threads", options.threads, "--passes", str(options.passes)])


def main():
    options, ours = parse(sys.argv[1:])
    options.peers = ",".join(peer_names(options.peers)) or "none"
    rows = []

    def keep(row):
        rows.append(row)
        if options.json:
            with open(options.json, "a") as file:
                print(json.dumps(row), file=file)

    if options.json:
        pathlib.Path(options.json).write_text("")
    keep(environment())
    if options.case:
        folder = prepared(options)
        cases.run(Run(folder, keep), options, ours, folder)
    elif options.plot:
        from index_bench import plot

        for folder in plot.folders(options):
            measure(options, ours, folder, keep)
        pathlib.Path(options.plot).write_text(plot.drawing(rows, options.clock))
    else:
        measure(options, ours, prepared(options), keep)
    keep(environment())
    print_tables(rows, options.clock)


if __name__ == "__main__":
    try:
        main()
    except datasets.DatasetError as error:
        sys.exit(f"index_peers: {error}")
