"""LangChain's standard tests of vector stores, against a process."""

import processes
import pytest
from langchain_core.documents import Document
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from vectron import Client, Metric
from vectron.langchain import VectronVectorStore

pytestmark = processes.needed


@pytest.fixture(scope="module")
def client():
    with processes.dev() as server, Client(server.endpoint) as client:
        yield client


class TestVectronVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, client):
        yield VectronVectorStore.create(client, "standard", self.get_embeddings(), shard_count=2)
        client.delete_collection("standard")


class Words:
    """An embedding that a test can follow: how often each of three words occurs."""

    WORDS = ("sea", "bread", "sky")

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        words = text.lower().split()
        return [words.count(word) + 0.01 for word in self.WORDS]


@pytest.fixture(params=[Metric.COSINE, Metric.DOT, Metric.EUCLID])
def store(client, request):
    yield VectronVectorStore.from_texts(
        ["sea sea sky", "bread", "sky", "sea sky"], Words(), [{"n": n} for n in range(4)],
        client=client, collection="words", metric=request.param,
    )
    client.delete_collection("words")


def test_the_nearest_come_first_with_their_metadata(store):
    assert store.similarity_search("bread bread", k=1)[0].metadata == {"n": 1}


def test_relevances_are_larger_for_what_is_nearer(store):
    found = store.similarity_search_with_relevance_scores("sky", k=4)
    relevances = [relevance for _, relevance in found]
    assert relevances == sorted(relevances, reverse=True)


def test_what_is_various_is_not_all_the_same(client):
    store = VectronVectorStore.from_texts(
        ["sea", "sea", "sea sky"], Words(), client=client, collection="various"
    )
    plain = [each.page_content for each in store.similarity_search("sea", k=2)]
    various = store.max_marginal_relevance_search("sea", k=2, fetch_k=3, lambda_mult=0.1)
    client.delete_collection("various")
    assert plain == ["sea", "sea"]
    assert {each.page_content for each in various} == {"sea", "sea sky"}


def test_some_documents_may_have_ids(store):
    ids = store.add_documents([Document(page_content="sea", id="mine"), Document("sky")])
    assert ids[0] == "mine" and len(store.get_by_ids(ids)) == 2


def test_counts_that_differ_are_refused(store):
    with pytest.raises(ValueError, match="2 ids for 1 texts"):
        store.add_texts(["sea"], ids=["a", "b"])
    with pytest.raises(ValueError, match="ids"):
        store.delete()


async def test_many_tasks_may_search_at_once(store):
    import asyncio

    found = await asyncio.gather(*[store.asimilarity_search("bread", k=1) for _ in range(20)])
    assert {each[0].page_content for each in found} == {"bread"}
