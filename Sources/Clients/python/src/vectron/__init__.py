"""Client of the Vectron vector database, over ZeroMQ and MessagePack."""

from ._client import Client, CurveKeys
from ._errors import (
    AlreadyExists,
    Corrupted,
    DeadlineExceeded,
    EpochNotMatch,
    Fenced,
    Internal,
    InvalidArgument,
    NotFound,
    Overloaded,
    TooLarge,
    Unavailable,
    UnknownOutcome,
    VectronError,
)
from ._model import Collection, Metric, Point, PointID, ScoredPoint, Vector, Vectors

__all__ = [
    "AlreadyExists",
    "Client",
    "Collection",
    "Corrupted",
    "CurveKeys",
    "DeadlineExceeded",
    "EpochNotMatch",
    "Fenced",
    "Internal",
    "InvalidArgument",
    "Metric",
    "NotFound",
    "Overloaded",
    "Point",
    "PointID",
    "ScoredPoint",
    "TooLarge",
    "Unavailable",
    "UnknownOutcome",
    "Vector",
    "VectronError",
    "Vectors",
]
