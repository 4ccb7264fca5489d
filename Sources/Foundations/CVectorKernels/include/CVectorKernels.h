// Distances between rows of float32, with one implementation per instruction set.
//
// Every variant computes the same two sums, dot product and squared Euclidean distance. The order
// of the additions differs between variants, so their last bits differ; within one variant the
// result for a row never depends on where in a batch the row stood, because a single row runs
// through the same four-row kernel as a full batch. The graph relies on that: the same inserts
// must give the same bytes.
//
// Thread safety: everything here is a pure function over memory that the caller lends.

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CodeKernels.h"

/// Distances from one query to many rows.
///
/// `rows` points at row 0; row r begins `r * stride` floats later and has `length` floats. With
/// `ids` NULL the rows 0 ..< count are scored. `out` receives `count` values: `offset - dot`, or
/// the squared Euclidean distance (which ignores `offset`). Rows ahead in the batch are
/// prefetched while the current four are summed.
typedef void (*vk_rows_function)(float offset, const float *query, const float *rows,
                                 size_t stride, size_t length, const uint32_t *ids,
                                 size_t count, float *out);

/// One implementation of the kernels.
typedef struct vk_variant {
    const char *name;
    vk_rows_function dot_rows;
    vk_rows_function squared_l2_rows;
} vk_variant;

/// How many variants this processor can run: at least one, the plain loop.
size_t vk_variant_count(void);

/// The variant at `index`, fastest first; the plain loop is last. NULL past the end.
const vk_variant *vk_variant_at(size_t index);

/// Asks for the cache line at `address`. A hint: any address is safe.
static inline void vk_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
