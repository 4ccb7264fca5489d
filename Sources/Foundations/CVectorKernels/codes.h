// What the variants of the code kernels share.

#pragma once

#include "CodeKernels.h"
#include "rows.h"

#include <math.h>

/// A plane covers a sketch, in whole registers.
static inline size_t vk_plane_stride(size_t sketch_stride) { return (sketch_stride + 63) / 64 * 64; }

/// The least distance that a row may have by its sketch.
static inline __attribute__((always_inline)) float vk_estimated(const vk_codes *codes,
                                                                const vk_code_query *query,
                                                                const uint8_t *sketch, int32_t sum) {
    const vk_code_factors *factors = (const vk_code_factors *)sketch;
    const float product =
        factors->sketch_scale * (query->sketch_unit * (float)sum + query->sketch_bias);
    return query->base + factors->offset - codes->weight * product -
           query->margin * factors->sketch_error;
}

/// The distance of a row by the sum of digits times code.
static inline __attribute__((always_inline)) float vk_distance(const vk_codes *codes,
                                                               const vk_code_query *query,
                                                               uint32_t row, int32_t sum) {
    const vk_code_factors *factors =
        (const vk_code_factors *)(codes->sketches + (size_t)row * codes->sketch_stride);
    const float product = factors->code_scale * query->code_unit * ((float)sum + query->code_bias);
    return query->base + factors->offset - codes->weight * product;
}

/// Defines a `vk_codes_variant` over ESTIMATE(codes, query, sketch), the least distance by a sketch, and
/// DISTANCE(codes, query, row).
///
/// The sketches come first, all of them, while the caller's prefetches arrive; the codes of those
/// that are near enough are asked for on the way, and read when all have been.
#define VK_DEFINE_CODES(NAME, TARGET, ESTIMATE, DISTANCE)                                        \
    TARGET static size_t NAME##_sift(const vk_codes *codes, const vk_code_query *query,          \
                                     const uint32_t *ids, size_t count, float limit,             \
                                     uint32_t *near) {                                           \
        const int is_sketched = query->has_planes && limit < INFINITY;                           \
        size_t near_count = 0;                                                                   \
        for (size_t i = 0; i < count; i++) {                                                     \
            const uint32_t row = ids[i];                                                         \
            const uint8_t *sketch = codes->sketches + (size_t)row * codes->sketch_stride;        \
            near[near_count] = row;                                                              \
            if (!is_sketched || ESTIMATE(codes, query, sketch) < limit) {                        \
                near_count++;                                                                    \
                vk_prefetch_code(codes, row);                                                    \
            }                                                                                    \
        }                                                                                        \
        return near_count;                                                                       \
    }                                                                                            \
    TARGET static void NAME##_score(const vk_codes *codes, const vk_code_query *query,           \
                                    const uint32_t *ids, size_t count, float limit,              \
                                    float *out) {                                                \
        if (!query->has_planes || limit == INFINITY) {                                           \
            for (size_t i = 0; i < count; i++) vk_prefetch_code(codes, ids[i]);                  \
            for (size_t i = 0; i < count; i++) out[i] = DISTANCE(codes, query, ids[i]);          \
            return;                                                                              \
        }                                                                                        \
        uint16_t near[vk_codes_batch];                                                           \
        size_t near_count = 0;                                                                   \
        for (size_t i = 0; i < count; i++) {                                                     \
            const uint8_t *sketch = codes->sketches + (size_t)ids[i] * codes->sketch_stride;     \
            out[i] = INFINITY;                                                                   \
            near[near_count] = (uint16_t)i;                                                      \
            if (ESTIMATE(codes, query, sketch) < limit) {                                        \
                near_count++;                                                                    \
                vk_prefetch_code(codes, ids[i]);                                                 \
            }                                                                                    \
        }                                                                                        \
        for (size_t i = 0; i < near_count; i++)                                                  \
            out[near[i]] = DISTANCE(codes, query, ids[near[i]]);                                 \
    }                                                                                            \
    const vk_codes_variant NAME = {NAME##_score, NAME##_sift};

/// Asks for a code, up to eight lines of it.
static inline void vk_prefetch_code(const vk_codes *codes, uint32_t row) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    for (size_t i = 0; i < codes->code_stride && i < 512; i += 64) vk_prefetch(code + i);
}

extern const vk_codes_variant vk_codes_plain;
#if defined(__x86_64__)
int vk_has_avx512_codes(void);
extern const vk_codes_variant vk_codes_avx512;
extern const vk_codes_variant vk_codes_avx2;
#endif
#if defined(__aarch64__)
extern const vk_codes_variant vk_codes_neon;
#endif
