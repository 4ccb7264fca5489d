"""Real processes, real faults, and a judge: what tools/chaos runs.

Clients write, read, delete and search while a seeded schedule kills, pauses, partitions and starves
the nodes. Everything they saw is a history; at the end it must be one that a single copy could have
produced, and all that was acknowledged must be there.

| module | what |
|---|---|
| `history` | the operations as clients saw them, one JSON object a line |
| `consistency` | finds what no single copy could have answered |
| `points` | keys, their values and the vectors that mark them |
| `workload` | concurrent clients |
| `cluster` | the processes, by `vectron cluster` |
| `faults` | what can go wrong, and how it is undone |
| `nemesis` | the seeded schedule of faults, and the supervisor that restarts what died |
| `audit` | what must be true when all is over |
| `run` | a run from its options to its verdict |
"""
