"""Films by three numbers: what Vectron is, in twenty lines.

    vectron dev --bridge tcp://127.0.0.1:7601
    python examples/quickstart.py
"""

import sys

from vectron import AlreadyExists, Client, Metric

with Client(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:7601") as db:
    try:
        db.create_collection("films", dimension=3, metric=Metric.COSINE)
    except AlreadyExists:
        pass  # from the last time
    db.upsert(
        "films",
        ids=[1, 2, 3],
        vectors=[[1, 0, 0], [0, 1, 0], [0.7, 0.7, 0]],
        payloads=[{"title": "Alien"}, {"title": "Heat"}, {"title": "Blade Runner"}],
    )
    for point in db.search("films", [0.9, 0.1, 0], limit=2):
        print(f"{point.score:.3f}", point.payload["title"])
