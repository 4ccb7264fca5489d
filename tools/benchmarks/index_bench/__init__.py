"""Measures the index and its peers on one dataset.

`datasets` finds and prepares the vectors, `truth` the exact neighbours, `curve` turns measured
points into numbers that compare, `peers` holds the other libraries and `measure` runs one of them
in a process of its own. Numpy is all that the parts besides the peers need.
"""
