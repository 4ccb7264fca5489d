"""Rows of results with their goals, and the table of them."""

import dataclasses
import json


@dataclasses.dataclass(frozen=True)
class Goal:
    sign: str
    number: float

    def is_met(self, value):
        return value <= self.number if self.sign == "≤" else value >= self.number


def at_most(number):
    return Goal("≤", number)


def at_least(number):
    return Goal("≥", number)


class Rows:
    """What was measured, in the order of measuring."""

    def __init__(self):
        self.rows = []

    def add(self, case, metric, value, unit, goal=None, **parameters):
        self.rows.append((case, metric, value, unit, goal, parameters))

    @property
    def missed(self):
        return [f"{case}, {metric}" for case, metric, value, _, goal, _ in self.rows
                if goal and not goal.is_met(value)]

    def table(self):
        lines = [["case", "metric", "value", "unit", "goal"]]
        for case, metric, value, unit, goal, parameters in self.rows:
            what = " ".join([metric] + [f"{name}={each}" for name, each in parameters.items()])
            lines.append([case, what, shown(value), unit, verdict(goal, value)])
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        for line in lines:
            yield "  ".join(
                cell.rjust(width) if column == 2 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths))).rstrip()

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for case, metric, value, unit, goal, parameters in self.rows:
                row = {"bench": "gateway", "case": case, "metric": metric,
                       "value": round(value, 4), "unit": unit, "parameters": parameters}
                if goal:
                    row["goal"] = f"{goal.sign} {goal.number:g}"
                    row["met"] = goal.is_met(value)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def shown(value):
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"


def verdict(goal, value):
    if goal is None:
        return ""
    return f"{goal.sign} {goal.number:g} {'met' if goal.is_met(value) else 'MISSED'}"
