"""Rows of results, and the table that compares vectron with etcd."""

import json
import statistics


class Rows:
    """What was measured, in the order of measuring."""

    def __init__(self, bench):
        self.bench = bench
        self.rows = []

    def add(self, case, system, metric, value, unit, **parameters):
        if value is None:
            return
        self.rows.append(
            {"bench": self.bench, "case": case, "system": system, "metric": metric,
             "value": round(value, 4), "unit": unit, "parameters": parameters})

    def add_load(self, case, system, row, **parameters):
        """What a load has printed."""
        count = max(1, row["ops"])
        self.add(case, system, "ops_per_second", row["ops_s"], "ops/s", **parameters)
        self.add(case, system, "p50_ms", row["p50_ms"], "ms", **parameters)
        self.add(case, system, "p99_ms", row["p99_ms"], "ms", **parameters)
        self.add(case, system, "cpu_us_per_op", 1000 * row["cpu_ms"] / count, "us", **parameters)
        if "fsyncs" in row:
            self.add(case, system, "fsyncs_per_op", row["fsyncs"] / 3 / count, "1", **parameters)
        if "term_changes" in row:
            self.add(case, system, "term_changes", row["term_changes"], "1", **parameters)
        self.add(case, system, "failed_requests", row["errs"], "1", **parameters)

    def add_failovers(self, case, system, milliseconds, gaps, missed):
        if milliseconds:
            self.add(case, system, "failover_ms", statistics.median(milliseconds), "ms",
                     statistic="median", count=len(milliseconds))
            self.add(case, system, "failover_ms", max(milliseconds), "ms",
                     statistic="worst", count=len(milliseconds))
        if gaps:
            self.add(case, system, "longest_write_pause_ms", statistics.median(gaps), "ms",
                     statistic="median", count=len(gaps))
            self.add(case, system, "longest_write_pause_ms", max(gaps), "ms",
                     statistic="worst", count=len(gaps))
        self.add(case, system, "failovers_without_answer", missed, "1")

    def median(self, case, system, metric, **parameters):
        values = [row["value"] for row in self.rows
                  if (row["case"], row["system"], row["metric"]) == (case, system, metric)
                  and row["parameters"] == parameters]
        return statistics.median(values) if values else None

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in self.rows)

    def table(self, goals):
        """A line for each measure of vectron, with etcd's beside it and the goal.

        `goals`: (case, metric, parameters) -> None, or (sign, number, against), where the number is
        a factor of the row of the system `against`, or stands for itself if that is None.
        """
        lines = [["case", "metric", "parameters", "etcd-3.4", "vectron", "goal"]]
        seen = []
        for row in self.rows:
            key = (row["case"], row["metric"], json.dumps(row["parameters"]))
            if key in seen:
                continue
            seen.append(key)
            etcd = self.median(row["case"], "etcd-3.4", row["metric"], **row["parameters"])
            ours = self.median(row["case"], "vectron", row["metric"], **row["parameters"])
            goal = goals(row["case"], row["metric"], row["parameters"])
            lines.append(
                [row["case"], row["metric"],
                 " ".join(f"{name}={value}" for name, value in row["parameters"].items()),
                 shown(etcd), shown(ours), verdict(goal, ours, etcd)])
        widths = [max(len(line[column]) for line in lines) for column in range(6)]
        for line in lines:
            cells = [cell.rjust(width) if column in (3, 4) else cell.ljust(width)
                     for column, (cell, width) in enumerate(zip(line, widths))]
            yield "  ".join(cells).rstrip()


def shown(value):
    return "–" if value is None else f"{value:,.3f}" if value < 10 else f"{value:,.1f}"


def verdict(goal, ours, etcd):
    if goal is None or ours is None:
        return ""
    sign, number, is_factor = goal
    if is_factor and not etcd:
        return "no etcd"
    compared = ours / etcd if is_factor else ours
    met = compared <= number if sign == "≤" else compared >= number
    text = f"{compared:.2f} × etcd" if is_factor else shown(compared)
    return f"{text} ({sign} {number:g} {'met' if met else 'MISSED'})"
