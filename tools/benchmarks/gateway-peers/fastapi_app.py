"""The two trivial calls that are compared, by FastAPI; uvicorn serves it."""

import json
import os
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import PlainTextResponse

EXPECTED = f"Bearer {os.environ['BENCH_KEY']}"
IDENTITY = json.loads(os.environ["BENCH_IDENTITY"])

app = FastAPI()


@app.get("/livez")
async def livez():
    return PlainTextResponse("ok\n")


@app.get("/v1/identity")
async def identity(authorization: Annotated[str, Header()]):
    if authorization != EXPECTED:
        raise HTTPException(401)
    return IDENTITY
