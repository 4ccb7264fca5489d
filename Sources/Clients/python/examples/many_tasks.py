"""Hundreds of searches at once from one event loop.

    python examples/many_tasks.py tcp://127.0.0.1:7601
"""

import asyncio
import sys

import numpy

from vectron import AsyncClient


async def main(endpoint: str) -> None:
    generator = numpy.random.default_rng(1)
    async with AsyncClient(endpoint) as db:
        await db.create_collection("tasks", dimension=64)
        await db.upload("tasks", generator.standard_normal((10_000, 64)))
        limit = asyncio.Semaphore(100)  # a gateway takes 128 requests of a client at once

        async def search(vector: numpy.ndarray) -> int:
            async with limit:
                return (await db.search("tasks", vector, limit=1))[0].id

        found = await asyncio.gather(*map(search, generator.standard_normal((500, 64))))
        print(len(set(found)), "different neighbours of 500 vectors")
        print(sum([1 async for _ in db.scroll("tasks")]), "points")
        await db.delete_collection("tasks")


asyncio.run(main(sys.argv[1]))
