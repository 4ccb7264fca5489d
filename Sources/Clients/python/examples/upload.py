"""Uploads a million rows of a .npy file with a bar, and looks how good searches are.

    python examples/upload.py tcp://127.0.0.1:7601 vectors.npy
"""

import sys

import numpy

from vectron import Client

endpoint, path = sys.argv[1:]
# The file stays on the disk: each batch is read when it is sent.
vectors = numpy.load(path, mmap_mode="r")
with Client(endpoint) as db:
    db.create_collection("uploaded", dimension=vectors.shape[1], shard_count=4)
    db.upload("uploaded", vectors)
    for shard in db.measure_recall("uploaded", samples=50):
        figures = shard.mixtures
        print(f"shard {shard.shard}: recall {figures.recall:.3f}, {figures.median_us:.0f} µs")
