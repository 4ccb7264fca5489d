// NEON: 4 floats a step, four rows sharing each load of the query, scalar tails.

#include "rows.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define LAST_DOT(q, r) ((q) * (r))
#define LAST_SQUARES(q, r) (((q) - (r)) * ((q) - (r)))
#define STEP_DOT(accumulator, q, r) vfmaq_f32(accumulator, q, r)
#define STEP_SQUARES(accumulator, q, r)                                                          \
    vfmaq_f32(accumulator, vsubq_f32(q, r), vsubq_f32(q, r))

#define DEFINE_FOUR(NAME, STEP, LAST)                                                            \
    static inline void NAME(const float *query, const vk_four *four, size_t length,              \
                            float *sums) {                                                       \
        float32x4_t sum[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};   \
        size_t i = 0;                                                                            \
        for (; i + 4 <= length; i += 4) {                                                        \
            const float32x4_t q = vld1q_f32(query + i);                                          \
            for (int j = 0; j < 4; j++) {                                                        \
                if (i % 16 == 0) vk_prefetch(four->next[j] + i);                                 \
                sum[j] = STEP(sum[j], q, vld1q_f32(four->row[j] + i));                           \
            }                                                                                    \
        }                                                                                        \
        for (int j = 0; j < 4; j++) sums[j] = vaddvq_f32(sum[j]);                                \
        for (; i < length; i++)                                                                  \
            for (int j = 0; j < 4; j++) sums[j] += LAST(query[i], four->row[j][i]);              \
    }

DEFINE_FOUR(dot_four, STEP_DOT, LAST_DOT)
DEFINE_FOUR(squares_four, STEP_SQUARES, LAST_SQUARES)

VK_DEFINE_ROWS(dot_rows, , dot_four, VK_FROM_DOT)
VK_DEFINE_ROWS(squared_l2_rows, , squares_four, VK_FROM_SQUARES)

const vk_variant vk_neon = {"neon", dot_rows, squared_l2_rows};
#endif
