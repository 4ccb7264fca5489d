// The batch loop that every variant shares: four rows at a time, the next four prefetched.

#pragma once

#include "CVectorKernels.h"

/// Four rows, and the four to prefetch while these are summed.
typedef struct vk_four {
    const float *row[4];
    const float *next[4];
} vk_four;

/// Defines a `vk_rows_function` named NAME over FOUR(query, &rows, length, sums) in the instruction
/// set TARGET. A batch that is no multiple of four repeats its last row: the sums of the copies
/// are dropped, and they are in the nearest cache by then. FINISH turns a sum into a distance.
#define VK_DEFINE_ROWS(NAME, TARGET, FOUR, FINISH)                                               \
    TARGET static void NAME(float offset, const float *query, const float *rows, size_t stride,  \
                            size_t length, const uint32_t *ids, size_t count, float *out) {      \
        (void)offset;                                                                            \
        for (size_t i = 0; i < count; i += 4) {                                                  \
            vk_four four;                                                                        \
            for (size_t j = 0; j < 4; j++) {                                                     \
                const size_t now = i + j < count ? i + j : count - 1;                            \
                const size_t then = i + 4 + j < count ? i + 4 + j : now;                         \
                four.row[j] = rows + (ids ? (size_t)ids[now] : now) * stride;                    \
                four.next[j] = rows + (ids ? (size_t)ids[then] : then) * stride;                 \
            }                                                                                    \
            float sums[4];                                                                       \
            FOUR(query, &four, length, sums);                                                    \
            for (size_t j = 0; j < 4 && i + j < count; j++) out[i + j] = FINISH(offset, sums[j]);\
        }                                                                                        \
    }

#define VK_FROM_DOT(offset, sum) ((offset) - (sum))
#define VK_FROM_SQUARES(offset, sum) (sum)

extern const vk_variant vk_plain;
#if defined(__x86_64__)
extern const vk_variant vk_avx512;
extern const vk_variant vk_avx2;
#endif
#if defined(__aarch64__)
extern const vk_variant vk_neon;
#endif
