"""From measured points to numbers that compare: the speed at a recall."""

import math
from dataclasses import dataclass

RECALLS = (0.90, 0.95, 0.99)
"""Where systems are compared."""


@dataclass(frozen=True)
class Point:
    """One setting of a search, measured."""

    setting: str
    recall: float
    speed: float
    """Queries per second."""


def frontier(points):
    """The points that no other beats in both recall and speed, by rising recall.

    A search with two settings (probes and reranked rows) gives a cloud of points; what it can do is
    the upper edge of the cloud.
    """
    best = []
    for point in sorted(points, key=lambda point: (-point.recall, -point.speed)):
        if not best or point.speed > best[-1].speed:
            best.append(point)
    return best[::-1]


def speed_at(points, recall):
    """The queries per second at a recall, log-linear between the points on either side.

    None if no point reaches the recall; the fastest point's speed if all do.
    """
    edge = frontier(points)
    for position, point in enumerate(edge):
        if point.recall >= recall:
            if position == 0:
                return point.speed
            low = edge[position - 1]
            share = (recall - low.recall) / (point.recall - low.recall)
            return math.exp((1 - share) * math.log(low.speed) + share * math.log(point.speed))
    return None
