// Distances between a float32 query and rows of several elements, one implementation per
// instruction set.
//
// Every variant computes the same three sums: the dot product, the squared Euclidean distance and
// the Manhattan distance. The order of the additions differs between variants, so their last bits
// differ; within one variant the result for a row never depends on where in a batch the row stood,
// because a single row runs through the same four-row kernel as a full batch. The graph relies on
// that: the same inserts must give the same bytes.
//
// Thread safety: everything here is a pure function over memory that the caller lends.

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CodeKernels.h"

/// What a row holds of each component. A row has `length` of them, a multiple of 16, the padding
/// zero; its first byte is aligned to two bytes, or four for float32.
typedef enum vk_element {
    /// IEEE binary32.
    vk_float32,
    /// The upper 24 bits of a binary32 in two planes: 16 bits of each component, the sign among
    /// them, and behind those of all components the 8 bits that follow.
    vk_float24,
    /// IEEE binary16.
    vk_float16,
    /// A whole number, 0 to 255.
    vk_uint8,
} vk_element;
enum { vk_element_count = 4 };

/// What is summed over the components of a query and of a row.
typedef enum vk_sum {
    /// Products; the distance is `offset` less their sum.
    vk_dot,
    /// The squares of the differences.
    vk_squares,
    /// The magnitudes of the differences.
    vk_magnitudes,
} vk_sum;
enum { vk_sum_count = 3 };

/// Distances from one query to many rows.
///
/// `rows` points at row 0; row r begins `r * stride` bytes later and has `length` components, as
/// many as the query: a multiple of 16. With `ids` NULL the rows 0 ..< count are scored. `out`
/// receives `count` distances; only those of products use `offset`. Rows ahead in the batch are
/// prefetched while the current four are summed.
typedef void (*vk_rows_function)(float offset, const float *query, const void *rows,
                                 size_t stride, size_t length, const uint32_t *ids,
                                 size_t count, float *out);

/// One implementation of the kernels.
typedef struct vk_variant {
    const char *name;
    vk_rows_function rows[vk_sum_count][vk_element_count];
} vk_variant;

/// How many variants this processor can run: at least one, the plain loop.
size_t vk_variant_count(void);

/// The variant at `index`, fastest first; the plain loop is last. NULL past the end.
const vk_variant *vk_variant_at(size_t index);

/// The function of a variant for a sum over rows of an element.
static inline vk_rows_function vk_variant_rows(const vk_variant *variant, vk_sum sum,
                                               vk_element element) {
    return variant->rows[sum][element];
}

/// Writes the first `count` components of a row with `length`, the nearest that the element has.
/// The same bits on every processor.
void vk_store_row(vk_element element, const float *vector, size_t count, void *row, size_t length);

/// Reads the first `count` components of a row with `length`: exact.
void vk_load_row(vk_element element, const void *row, size_t length, float *vector, size_t count);

/// Asks for the cache line at `address`. A hint: any address is safe.
static inline void vk_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
