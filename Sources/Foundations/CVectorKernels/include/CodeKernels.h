// Codes: what a walk compares instead of whole vectors, in two stages.
//
// A row is a vector o: rotated, and relative to a centre. Of it are kept
//
//   sketch   16 bytes of factors, then the sign of each component, one bit each
//   code     4 bits a component
//
// The dot product of a query q with the signs of o, rescaled, is an unbiased estimate of q · o whose error
// is bounded with high probability by a multiple of `sketch_error` (Gao and Long 2024, "RaBitQ:
// Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate Nearest Neighbor
// Search"). One cache line therefore tells most rows to be too far; the code is read of the others
// only. What a code gives is taken as the distance.
//
// Every distance has the form base + offset(row) − weight · (q · o).
//
// All of it is the same on every processor, bit by bit, but for sums of floats that only queries see.
//
// Thread safety: pure functions over memory that the caller lends.

#pragma once

#include <stddef.h>
#include <stdint.h>

/// The first bytes of a sketch.
typedef struct vk_code_factors {
    float offset;        ///< What the row adds to every distance.
    float sketch_scale;  ///< From the dot product with the signs to that with the row.
    float sketch_error;  ///< How far the estimate may be off, for a query of length 1.
    float code_scale;    ///< From the dot product with the code to that with the row.
} vk_code_factors;

/// The codes of all rows. Row r begins at `sketches + r * sketch_stride` and `codes + r * code_stride`;
/// 64 bytes behind the last row can be read.
typedef struct vk_codes {
    const uint8_t *sketches;
    size_t sketch_stride;  ///< 32, or a multiple of 64.
    const uint8_t *codes;
    size_t code_stride;  ///< A multiple of 64; byte 64b + i holds components 128b + i and 128b + 64 + i.
    size_t length;  ///< The components of a row; nibbles behind them are zero and count for nothing.
    float weight;
} vk_codes;

/// A query, ready to be compared with codes.
typedef struct vk_code_query {
    float base;
    float code_unit;     ///< What a digit is worth.
    float code_bias;     ///< −7.5 · the sum of the digits.
    float sketch_unit;   ///< What a step of the planes is worth, twice.
    float sketch_bias;   ///< Minus the sum of the components.
    float margin;        ///< How many times `sketch_error` an estimate is trusted to, with the weight.
    int32_t has_planes;  ///< Whether sketches are compared first.
    const uint8_t *planes;  ///< Four bit planes in two's complement, lowest first, aligned to 64 bytes;
                            ///< each is a sketch rounded up to 64 bytes, zero where that has its factors.
    const int8_t *digits;  ///< Two for each byte of a code, in the order of the components.
} vk_code_query;

/// Writes the distance of each row, or infinity if its sketch tells that it is at `limit` or farther.
typedef void (*vk_codes_function)(const vk_codes *codes, const vk_code_query *query,
                                  const uint32_t *ids, size_t count, float limit, float *out);

/// Writes the rows that may be nearer than `limit`, by their sketches, and asks for their codes.
///
/// \returns How many were written; `near` has room for `count`, and may be `ids`.
typedef size_t (*vk_sift_function)(const vk_codes *codes, const vk_code_query *query,
                                   const uint32_t *ids, size_t count, float limit,
                                   uint32_t *near);

/// One implementation of what compares codes.
typedef struct vk_codes_variant {
    vk_codes_function score;
    vk_sift_function sift;
} vk_codes_variant;

/// The functions in the variant at `index` of `vk_variant_at`.
vk_codes_variant vk_codes_variant_at(size_t index);

/// The most rows of one call.
enum { vk_codes_batch = 256 };

/// Turns a vector by a fixed random rotation.
///
/// `length` is a multiple of 64; `signs` has 4 · `length` words that are 0 or 0x80000000. `x` is
/// changed in place, `spare` has as many floats.
void vk_rotate(float *x, float *spare, size_t length, const uint32_t *signs);

/// Writes the sketch and the code of a rotated row, but for the factors' offset.
///
/// \returns The squared length of the row.
float vk_encode(const float *row, size_t length, uint8_t *sketch, size_t sketch_stride,
                uint8_t *code, size_t code_stride);

/// Makes planes, digits and their factors of a rotated query, but for base and margin.
///
/// \returns The squared length of the query.
float vk_prepare_query(const float *query, size_t length, size_t sketch_stride, uint8_t *planes,
                       int8_t *digits, size_t code_stride, vk_code_query *out);

/// Makes digits and their factors of a row's code, but for the base: no planes.
void vk_prepare_row(const vk_codes *codes, uint32_t row, int8_t *digits, vk_code_query *out);
