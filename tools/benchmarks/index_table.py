"""Prints the rows of index benchmarks as one table with the ratios of vectron to each peer."""

import json
import sys

METRICS = ["build_seconds", "resident_bytes",
           "qps_at_recall_0.90", "qps_at_recall_0.95", "qps_at_recall_0.99"]


def main():
    values = {}
    for path in sys.argv[1:]:
        with open(path) as file:
            for row in map(json.loads, file):
                if row["metric"] in METRICS:
                    values.setdefault(row["case"], {}).setdefault(
                        row["system"], {})[row["metric"]] = row["value"]
    for case, systems in values.items():
        print(f"\n{case}, one thread, k = 10")
        ours = systems.get("vectron", {})
        header = f"{'':22}{'vectron':>14}"
        peers = [system for system in systems if system != "vectron"]
        print(header + "".join(f"{peer:>14}{'ratio':>8}" for peer in peers))
        for metric in METRICS:
            line = f"{metric:22}{ours.get(metric, float('nan')):>14,.1f}"
            for peer in peers:
                theirs = systems[peer].get(metric, float("nan"))
                line += f"{theirs:>14,.1f}{ours.get(metric, float('nan')) / theirs:>8.2f}"
            print(line)


if __name__ == "__main__":
    main()
