"""Prints the rows of index benchmarks as tables, with the ratios of vectron to its peers.

    python3 index_table.py [--clock cpu] FILE …
"""

import argparse
import json

from index_bench.curve import RECALLS, Point, frontier, speed_at
from index_bench.peers import FLOAT32

OURS = "vectron"
# Without codes: it is compared with the peers that compare float32 vectors.
OURS_FLOAT32 = "vectron_float32"
YARDSTICK = "hnswlib"


class System:
    """What was measured of one system on one dataset."""

    def __init__(self, name=""):
        self.name = name
        self.missing = None
        self.load = None
        self.memory = None
        self.builds = {}
        self.curve = {}

    def add(self, row):
        metric, value = row["metric"], row["value"]
        parameters = row.get("parameters", {})
        if metric == "missing":
            self.missing = value
        elif metric == "load_average":
            self.load = value
        elif metric == "resident_bytes":
            self.memory = value
        elif metric in ("build_seconds", "build_cpu_seconds"):
            self.builds[metric, parameters.get("threads", 1)] = value
        elif metric in ("recall_at_10", "qps", "qps_cpu"):
            self.curve.setdefault(str(parameters["ef_search"]), {})[metric] = value

    def points(self, clock):
        speed = "qps_cpu" if clock == "cpu" else "qps"
        return [Point(setting, values["recall_at_10"], values[speed])
                for setting, values in self.curve.items()
                if "recall_at_10" in values and speed in values]

    def speed(self, recall, clock):
        return speed_at(self.points(clock), recall)

    def speed_text(self, recall, clock):
        """With a mark where the least setting finds more already: a smaller one is not possible,
        since a search keeps at least as many candidates as it returns."""
        edge = frontier(self.points(clock))
        mark = "+" if edge and edge[0].recall >= recall else " "
        return text(self.speed(recall, clock)) + mark


def systems_of(rows):
    """Of each case the systems, in the order measured."""
    found = {}
    for row in rows:
        if "system" in row and "variant" not in row:
            systems = found.setdefault(row["case"], {})
            systems.setdefault(row["system"], System(row["system"])).add(row)
    return found


def text(value, digits=0, scale=1.0):
    return "–" if value is None else f"{value / scale:,.{digits}f}"


def print_grid(header, lines):
    """Columns as wide as their widest cell; numbers to the right."""
    widths = [max(len(line[column]) for line in [header, *lines])
              for column in range(len(header))]
    for line in [header, ["-" * width for width in widths], *lines]:
        print("  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths))).rstrip())


def print_systems(systems, clock):
    threads = sorted({count for system in systems.values() for _, count in system.builds})
    unit = "q/s" if clock == "wall" else "q/cpu s"
    header = ["", *[f"{unit} {recall:.2f}" for recall in RECALLS]]
    for count in threads:
        header += [f"build s ({count})", f"cpu s ({count})"]
    header += ["MB", "load"]
    lines = []
    order = sorted(systems.values(), key=lambda system: (
        system.name != OURS, -(system.speed(0.95, clock) or 0), -(system.speed(0.90, clock) or 0)))
    for system in order:
        if not system.curve:
            continue
        line = [system.name, *[system.speed_text(recall, clock) for recall in RECALLS]]
        for count in threads:
            line += [text(system.builds.get(("build_seconds", count)), 1),
                     text(system.builds.get(("build_cpu_seconds", count)), 1)]
        lines.append([*line, text(system.memory, 1, 1e6), text(system.load, 1)])
    print_grid(header, lines)


def ratios(systems, clock):
    """Lines of what, ours, and ours over each kind of peer; more than 1 is better than the peer
    for speeds, less than 1 for seconds and bytes."""
    ours = systems[OURS]
    peers = [system for system in systems.values()
             if system.name not in (OURS, OURS_FLOAT32) and system.curve]
    kinds = [(ours, peers),
             (ours, [peer for peer in peers if peer.name == YARDSTICK]),
             (systems.get(OURS_FLOAT32, ours), [peer for peer in peers if peer.name in FLOAT32])]
    measures = [(f"speed at recall {recall:.2f}",
                 lambda system, recall=recall: system.speed(recall, clock), max)
                for recall in RECALLS]
    measures += [("seconds to build (1 thread)",
                  lambda system: system.builds.get(("build_seconds", 1)), min),
                 ("resident bytes", lambda system: system.memory, min)]
    for what, value, better in measures:
        cells = [what]
        for own, group in kinds:
            measured = [(value(peer), peer.name) for peer in group if value(peer)]
            if not measured or not value(own):
                cells.append("–")
                continue
            best, name = better(measured)
            cells.append(f"{value(own) / best:.2f} ({name})")
        yield cells
    yield from memory_at_speed(kinds, clock)


def memory_at_speed(kinds, clock):
    """Bytes beside the peer that is fastest at 0.95: a small slow index is no rival."""
    cells = ["resident bytes, of the fastest"]
    for own, group in kinds:
        fast = [(peer.speed(0.95, clock), peer) for peer in group if peer.speed(0.95, clock)]
        if not fast or not own.memory:
            cells.append("–")
            continue
        peer = max(fast, key=lambda pair: pair[0])[1]
        cells.append(f"{own.memory / peer.memory:.2f} ({peer.name})")
    yield cells


def print_environment(rows):
    facts = [row for row in rows if row["metric"] == "environment"]
    if not facts:
        return
    first, last = facts[0], facts[-1]
    loads = " to ".join(f"{fact['load'][0]:.1f}" for fact in (first, last))
    print(f"\n{first['cpu']}, {first['cores']} cores, load average {loads}, "
          f"commit {first['commit']}")
    print(", ".join(f"{name} {version}" for name, version in last["peers"].items()))


def print_tables(rows, clock="wall"):
    print_environment(rows)
    for case, systems in systems_of(rows).items():
        curves = {name: system for name, system in systems.items() if system.curve}
        if curves:
            print(f"\n{case}, one search thread, k = 10, M = 16, efConstruction = 200")
            print_systems(curves, clock)
            print("+ the least setting finds more than that already")
        if OURS in curves and len(curves) > 1:
            print("\nvectron over …")
            print_grid(["", "the best peer", YARDSTICK, "float32 over the best float32 peer"],
                       list(ratios(curves, clock)))
        for system in systems.values():
            if system.missing:
                print(f"missing: {system.name} ({system.missing})")
    print_cases(rows, clock)


def print_cases(rows, clock):
    """The other cases: what was varied, and the values of each system; of curves the speeds at
    the recalls."""
    cases = {}
    curves = {}
    for row in rows:
        if "variant" not in row:
            continue
        lines = cases.setdefault((row["case"], row["bench"]), {})
        if "ef_search" not in row["parameters"]:
            lines.setdefault((row["variant"], row["metric"]), {})[row["system"]] = row["value"]
            continue
        key = row["case"], row["bench"], row["variant"], row["system"]
        curves.setdefault(key, System()).add(row)
    for (case, bench, variant, name), system in curves.items():
        for recall in RECALLS:
            line = cases[case, bench].setdefault((variant, f"q/s at {recall:.2f}"), {})
            line[name] = system.speed(recall, clock)
    for (case, bench), lines in cases.items():
        names = list(dict.fromkeys(name for line in lines.values() for name in line))
        print(f"\n{case}: {bench}")
        print_grid(["", "", *names], [
            [variant, metric, *[text(line.get(name), 3 if "recall" in metric else 1)
                                for name in names]]
            for (variant, metric), line in lines.items()])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    rows = []
    for path in options.files:
        with open(path) as file:
            rows += map(json.loads, file)
    print_tables(rows, options.clock)


if __name__ == "__main__":
    main()
