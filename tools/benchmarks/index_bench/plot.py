"""Draws how cost, memory and build grow with the number of rows: one SVG, written by hand."""

import math

from . import datasets
from .curve import Point, speed_at

SYSTEMS = ("vectron", "hnswlib")
COLORS = {"vectron": "#c2410c", "hnswlib": "#475569"}
RECALL = 0.95
SYNTHETIC_DIMENSION = 128

PANEL_WIDTH, PANEL_HEIGHT = 300, 220
LEFT, TOP, GAP = 64, 56, 76


def folders(options):
    """The prepared folders of the plot's sizes."""
    if options.dataset:
        for word in options.plot_rows.split(","):
            rows = None if word == "all" else int(word)
            yield datasets.prepare(options.dataset, None, rows, options.queries)
    for word in options.plot_synthetic.split(","):
        if word:
            yield datasets.synthetic(int(word), SYNTHETIC_DIMENSION, options.queries or 1000)


def measurements(rows, clock):
    """Of each system and kind of data the rows and what they cost: a list of dicts."""
    found = {}
    for row in rows:
        if row.get("system") not in SYSTEMS or "parameters" not in row:
            continue
        one = found.setdefault((row["case"], row["system"]), {"curve": {}})
        one.update(rows=row["parameters"]["rows"], dimension=row["parameters"]["dimension"])
        one.update(system=row["system"], synthetic=row["case"].startswith("synthetic"))
        if row["metric"] == "resident_bytes":
            one["megabytes"] = row["value"] / 1e6
        elif row["metric"] == "build_cpu_seconds" and row["parameters"]["threads"] == 1:
            one["build"] = row["value"]
        elif "ef_search" in row["parameters"]:
            setting = str(row["parameters"]["ef_search"])
            one["curve"].setdefault(setting, {})[row["metric"]] = row["value"]
    for one in found.values():
        speed = "qps_cpu" if clock == "cpu" else "qps"
        at = speed_at([Point(setting, values["recall_at_10"], values[speed])
                       for setting, values in one.pop("curve").items()], RECALL)
        one["search"] = 1e6 / at if at else None
    return sorted(found.values(), key=lambda one: one["rows"])


def drawing(rows, clock="wall"):
    """The whole picture, as text."""
    measured = measurements(rows, clock)
    panels = [("search", f"µs a search at recall {RECALL}", False),
              ("megabytes", "memory, MB", True),
              ("build", "build, processor seconds", True)]
    width = LEFT + len(panels) * (PANEL_WIDTH + GAP)
    height = TOP + PANEL_HEIGHT + 84
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for position, (key, title, is_logarithmic) in enumerate(panels):
        left = LEFT + position * (PANEL_WIDTH + GAP)
        parts += panel(measured, key, title, is_logarithmic, left)
    parts += legend(height - 18)
    return "\n".join([*parts, "</svg>"]) + "\n"


def panel(measured, key, title, is_logarithmic, left):
    """One diagram: the number of rows, always logarithmic, against one cost."""
    points = [one for one in measured if one.get(key)]
    yield text(left, TOP - 20, title, size=14, weight="600")
    if not points:
        yield text(left, TOP + 20, "nothing measured")
        return
    across = Scale([one["rows"] for one in points], True, left, left + PANEL_WIDTH)
    values = [one[key] for one in points] + ([] if is_logarithmic else [0])
    up = Scale(values, is_logarithmic, TOP + PANEL_HEIGHT, TOP)
    for value in up.ticks():
        yield line(left, up(value), left + PANEL_WIDTH, up(value), "#e2e8f0")
        yield text(left - 8, up(value) + 4, short(value), anchor="end")
    for value in across.ticks():
        yield line(across(value), TOP, across(value), TOP + PANEL_HEIGHT, "#e2e8f0")
        yield text(across(value), TOP + PANEL_HEIGHT + 18, short(value), anchor="middle")
    yield text(left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 38, "rows", anchor="middle")
    for system in SYSTEMS:
        for is_synthetic in (False, True):
            series = [(across(one["rows"]), up(one[key])) for one in points
                      if one["system"] == system and one["synthetic"] == is_synthetic]
            yield from curve(series, COLORS[system], is_synthetic)


def curve(series, color, is_dashed):
    if len(series) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in series)
        dash = ' stroke-dasharray="6 4"' if is_dashed else ""
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dash}/>'
    for x, y in series:
        fill = "#ffffff" if is_dashed else color
        yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{color}" '
               'stroke-width="2"/>')


def legend(y):
    x = LEFT
    for system in SYSTEMS:
        for is_synthetic, what in ((False, "the dataset"), (True, "synthetic, 128 dimensions")):
            yield from curve([(x, y - 4), (x + 32, y - 4)], COLORS[system], is_synthetic)
            yield text(x + 42, y, f"{system}, {what}")
            x += 240 if is_synthetic else 170


class Scale:
    """From values to places on the page."""

    def __init__(self, values, is_logarithmic, start, end):
        self.is_logarithmic, self.start, self.end = is_logarithmic, start, end
        low, high = min(values), max(values)
        if is_logarithmic:
            self.low, self.high = math.log10(low / 1.5), math.log10(high * 1.5)
        else:
            self.low, self.high = low, high * 1.1

    def __call__(self, value):
        place = math.log10(value) if self.is_logarithmic else value
        share = (place - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        """Round values within the scale: 1, 2 and 5 times powers of ten."""
        if self.is_logarithmic:
            powers = range(math.floor(self.low), math.ceil(self.high) + 1)
            places = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
            return [value for value in places if self.low <= math.log10(value) <= self.high]
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
        return [step * count for count in range(int(self.high / step) + 1)]


def short(value):
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"


def line(x1, y1, x2, y2, color):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{color}"/>')


def text(x, y, words, anchor="start", size=12, weight="400"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}" fill="#1e293b">{words}</text>')
