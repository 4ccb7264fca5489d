// What every variant of the row kernels shares: the loop over a batch, four rows at a time with the
// next four prefetched, and the table of functions.
//
// A variant defines TARGET (its instruction set), for each element a `load_ELEMENT(row, i, length)`
// that widens the components from i on, for each sum a `STEP_SUM(accumulator, query, row)`, and
// DEFINE_FOUR(NAME, SUM, ELEMENT), which sums four rows. VK_DEFINE_VARIANT makes the rest of them.

#pragma once

#include "CVectorKernels.h"

/// Four rows, and the four to prefetch while these are summed.
typedef struct vk_four {
    const uint8_t *row[4];
    const uint8_t *next[4];
} vk_four;

/// Asks for what the 16 components from i on occupy of a row, each cache line once or twice.
static inline void vk_prefetch_float32(const uint8_t *row, size_t i) { vk_prefetch(row + 4 * i); }
static inline void vk_prefetch_float24(const uint8_t *row, size_t i) { vk_prefetch(row + 3 * i); }
static inline void vk_prefetch_float16(const uint8_t *row, size_t i) {
    if (i % 32 == 0) vk_prefetch(row + 2 * i);
}
static inline void vk_prefetch_uint8(const uint8_t *row, size_t i) {
    if (i % 64 == 0) vk_prefetch(row + i);
}

/// The upper 16 bits of the components of a float24 row, and behind all of them the lower 8.
static inline const uint8_t *vk_upper_plane(const uint8_t *row, size_t i) { return row + 2 * i; }
static inline const uint8_t *vk_lower_plane(const uint8_t *row, size_t i, size_t length) {
    return row + 2 * length + i;
}

/// Defines a `vk_rows_function` named NAME over FOUR(query, &rows, length, sums) in the instruction
/// set TARGET. A batch that is no multiple of four repeats its last row: the sums of the copies
/// are dropped, and they are in the nearest cache by then. FINISH turns a sum into a distance.
#define VK_DEFINE_ROWS(NAME, FOUR, FINISH)                                                       \
    TARGET static void NAME(float offset, const float *query, const void *rows, size_t stride,   \
                            size_t length, const uint32_t *ids, size_t count, float *out) {      \
        const uint8_t *base = rows;                                                              \
        (void)offset;                                                                            \
        for (size_t i = 0; i < count; i += 4) {                                                  \
            vk_four four;                                                                        \
            for (size_t j = 0; j < 4; j++) {                                                     \
                const size_t now = i + j < count ? i + j : count - 1;                            \
                const size_t then = i + 4 + j < count ? i + 4 + j : now;                         \
                four.row[j] = base + (ids ? (size_t)ids[now] : now) * stride;                    \
                four.next[j] = base + (ids ? (size_t)ids[then] : then) * stride;                 \
            }                                                                                    \
            float sums[4];                                                                       \
            FOUR(query, &four, length, sums);                                                    \
            for (size_t j = 0; j < 4 && i + j < count; j++) out[i + j] = FINISH(offset, sums[j]);\
        }                                                                                        \
    }

#define VK_FROM_DOT(offset, sum) ((offset) - (sum))
#define VK_FROM_SUM(offset, sum) (sum)

#define VK_DEFINE_SUM(SUM, ELEMENT, FINISH)                                                      \
    DEFINE_FOUR(SUM##_four_##ELEMENT, SUM, ELEMENT)                                              \
    VK_DEFINE_ROWS(SUM##_rows_##ELEMENT, SUM##_four_##ELEMENT, FINISH)

#define VK_DEFINE_ELEMENT(ELEMENT)                                                               \
    VK_DEFINE_SUM(dot, ELEMENT, VK_FROM_DOT)                                                     \
    VK_DEFINE_SUM(squares, ELEMENT, VK_FROM_SUM)                                                 \
    VK_DEFINE_SUM(magnitudes, ELEMENT, VK_FROM_SUM)

#define VK_ROWS_OF(SUM) {SUM##_rows_float32, SUM##_rows_float24, SUM##_rows_float16, SUM##_rows_uint8}

/// Defines the functions of a variant, in the order of `vk_element` and of `vk_sum`.
#define VK_DEFINE_VARIANT(VARIABLE, NAME)                                                        \
    VK_DEFINE_ELEMENT(float32)                                                                   \
    VK_DEFINE_ELEMENT(float24)                                                                   \
    VK_DEFINE_ELEMENT(float16)                                                                   \
    VK_DEFINE_ELEMENT(uint8)                                                                     \
    const vk_variant VARIABLE = {                                                                \
        NAME, {VK_ROWS_OF(dot), VK_ROWS_OF(squares), VK_ROWS_OF(magnitudes)}}

extern const vk_variant vk_plain;
#if defined(__x86_64__)
extern const vk_variant vk_avx512;
extern const vk_variant vk_avx2;
#endif
#if defined(__aarch64__)
extern const vk_variant vk_neon;
#endif
