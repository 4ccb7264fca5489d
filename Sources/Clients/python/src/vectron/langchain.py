"""Vectron as a vector store of LangChain; `pip install vectron[langchain]`.

```python
from vectron import Client
from vectron.langchain import VectronVectorStore

store = VectronVectorStore.create(Client("tcp://127.0.0.1:7601"), "notes", embedding)
store.add_texts(["The sea is blue.", "Bread needs yeast."])
store.similarity_search("ocean", k=1)
```
"""

from __future__ import annotations

import threading
import uuid
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, TypeVar, Union

import numpy
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from ._client import Client
from ._errors import AlreadyExists
from ._model import Metric, Payload, PointID, ScoredPoint

T = TypeVar("T")

_TEXT = "page_content"
_METADATA = "metadata"


class VectronVectorStore(VectorStore):
    """Documents in a collection of Vectron, found by the vectors of their texts.

    A document is a point: its id is the point's (a text; one in the form of a UUID comes back in
    lower case), its text and metadata are in the payload under `page_content` and `metadata`.
    Metadata are JSON.

    Thread safety: any thread; calls wait for each other, so that the client must not be used by
    others meanwhile. The `a…` methods run in threads.
    """

    def __init__(self, client: Client, collection: str, embedding: Embeddings) -> None:
        """A store over a collection that exists; see `create`."""
        self._client = client
        self._collection = collection
        self._embedding = embedding
        self._lock = threading.Lock()
        self._metric: Optional[Metric] = None

    @classmethod
    def create(
        cls,
        client: Client,
        collection: str,
        embedding: Embeddings,
        *,
        metric: Union[Metric, str] = Metric.COSINE,
        dimension: Optional[int] = None,
        **options: Any,
    ) -> VectronVectorStore:
        """A store over a collection, which is made if there is none.

        Args:
            dimension: The number of components of the embedding's vectors; it is asked if not given.
            options: What else `Client.create_collection` takes.
        """
        store = cls(client, collection, embedding)
        size = dimension or len(embedding.embed_query("dimension"))
        try:
            store._metric = client.create_collection(collection, size, metric, **options).metric
        except AlreadyExists:
            pass  # then its metric counts
        return store

    @classmethod
    def from_texts(
        cls,
        texts: List[str],
        embedding: Embeddings,
        metadatas: Optional[List[Dict[str, Any]]] = None,
        *,
        ids: Optional[List[str]] = None,
        client: Optional[Client] = None,
        collection: str = "langchain",
        **options: Any,
    ) -> VectronVectorStore:
        """A store with these texts, over a collection that is made if there is none."""
        if client is None:
            raise ValueError("give a vectron.Client as `client`")
        store = cls.create(client, collection, embedding, **options)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @property
    def embeddings(self) -> Embeddings:
        """What makes vectors of texts."""
        return self._embedding

    # Writing

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: Optional[List[Dict[str, Any]]] = None,
        *,
        ids: Optional[Sequence[Optional[str]]] = None,
        **kwargs: Any,
    ) -> List[str]:
        """Adds texts, or replaces those whose ids exist; their ids, new ones where none is given."""
        each = list(texts)
        if metadatas is not None and len(metadatas) != len(each):
            raise ValueError(f"there are {len(metadatas)} metadatas for {len(each)} texts")
        if ids is not None and len(ids) != len(each):
            raise ValueError(f"there are {len(ids)} ids for {len(each)} texts")
        if not each:
            return []
        names = [given or str(uuid.uuid4()) for given in ids or [None] * len(each)]
        payloads: List[Optional[Payload]] = [
            {_TEXT: text, _METADATA: metadata}
            for text, metadata in zip(each, metadatas or [{} for _ in each])
        ]
        vectors = self._embedding.embed_documents(each)
        self._locked(
            lambda client: client.upload(
                self._collection, vectors, names, payloads, on_progress=lambda done, total: None
            )
        )
        return names

    def delete(self, ids: Optional[List[str]] = None, **kwargs: Any) -> Optional[bool]:
        """Deletes the documents of these ids, of which some may not exist."""
        if ids is None:
            raise ValueError("give the ids of the documents; nothing else deletes all of them")
        self._locked(lambda client: client.delete(self._collection, ids))
        return True

    # Reading

    def get_by_ids(self, ids: Sequence[str], /) -> List[Document]:
        """The documents of these ids that exist, in the order of the ids."""
        points = self._locked(
            lambda client: client.get(self._collection, list(ids), with_vector=False)
        )
        return [_document(point.id, point.payload) for point in points]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> List[Document]:
        """The `k` documents nearest to a text; see `similarity_search_with_score`."""
        return [found for found, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> List[Tuple[Document, float]]:
        """The `k` documents nearest to a text, with their scores.

        `kwargs`: what `Client.search` takes beside, as `recall=0.99` or `exact=True`.
        """
        vector = self._embedding.embed_query(query)
        return self.similarity_search_with_score_by_vector(vector, k, **kwargs)

    def similarity_search_by_vector(
        self, embedding: List[float], k: int = 4, **kwargs: Any
    ) -> List[Document]:
        """The `k` documents nearest to a vector."""
        found = self.similarity_search_with_score_by_vector(embedding, k, **kwargs)
        return [document for document, _ in found]

    def similarity_search_with_score_by_vector(
        self, embedding: Sequence[float], k: int = 4, **kwargs: Any
    ) -> List[Tuple[Document, float]]:
        """The `k` documents nearest to a vector, with their scores."""
        points = self._search(embedding, k, **kwargs)
        return [(_document(point.id, point.payload), point.score) for point in points]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> List[Document]:
        """`k` of the `fetch_k` documents nearest to a text, unlike each other."""
        vector = self._embedding.embed_query(query)
        return self.max_marginal_relevance_search_by_vector(
            vector, k, fetch_k, lambda_mult, **kwargs
        )

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: List[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        **kwargs: Any,
    ) -> List[Document]:
        """`k` of the `fetch_k` documents nearest to a vector, unlike each other.

        `lambda_mult` of 1 asks for the nearest, 0 for the most various.
        """
        points = self._search(embedding, fetch_k, with_vector=True, **kwargs)
        vectors = [point.vector.tolist() for point in points if point.vector is not None]
        chosen = maximal_marginal_relevance(
            numpy.array(embedding, dtype="f4"), vectors, lambda_mult, k
        )
        return [_document(points[index].id, points[index].payload) for index in chosen]

    def _search(self, vector: Sequence[float], limit: int, **options: Any) -> List[ScoredPoint]:
        return self._locked(
            lambda client: client.search(self._collection, vector, limit=limit, **options)
        )

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        if self._metric is None:
            self._metric = self._locked(lambda client: client.collection(self._collection)).metric
        if self._metric is Metric.COSINE:
            return lambda score: min(1.0, (score + 1) / 2)  # rounding may exceed it
        if self._metric is Metric.DOT:
            return lambda score: score
        return lambda distance: 1 / (1 + distance)

    def _locked(self, body: Callable[[Client], T]) -> T:
        with self._lock:
            return body(self._client)


def _document(point_id: PointID, payload: Optional[Payload]) -> Document:
    found = payload or {}
    return Document(
        id=str(point_id),
        page_content=str(found.get(_TEXT, "")),
        metadata=dict(found.get(_METADATA) or {}),
    )
