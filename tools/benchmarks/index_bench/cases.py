"""The cases besides plain search, each with the peers that can do it.

| case | what | peers |
|---|---|---|
| filtered | random filters of 0.1, 1, 10 and 50 %, and one that goes with the vectors | qdrant, faiss |
| churn | 10 rounds of replacing 30 % of the points | hnswlib, usearch |
| mixed | latency of searches alone and beside inserts at full speed | – |
| batch | the same queries one by one and in one call | any |

No peer is in `mixed`: hnswlib does not promise searches beside inserts, and calls of the others from
two Python threads wait for each other.
"""

import sys

from . import packages, plans

CASES = {
    "filtered": ("faiss_hnsw", "qdrant_f32", "qdrant_sq8"),
    "churn": ("hnswlib", "usearch_f32"),
    "mixed": (),
    "batch": ("hnswlib", "faiss_hnsw", "usearch_f32"),
}

PLANS = {"filtered": plans.filtered, "churn": plans.churn}


def run(run, options, ours, folder):
    """Measures one case on a prepared folder; `run` collects the rows."""
    case = options.case
    plan = PLANS[case](folder) if case in PLANS else folder
    common = ["--plan", str(plan), "--passes", str(options.passes)]
    run.system("vectron", [
        options.index_bench, case, "--dataset", str(folder), "--ef", options.ef, *common, *ours])
    for name in CASES[case]:
        if name not in options.peers.split(","):
            continue
        reason = packages.install(name)
        if reason:
            run.note(name, "missing", reason)
            continue
        run.system(name, [
            sys.executable, "-m", "index_bench.measure_case", "--case", case, "--peer", name,
            "--data", str(folder), *common])
