// The plain loops: the meaning of every other variant, and the one for unknown processors.

#include "rows.h"

static inline void dot_four(const float *query, const vk_four *four, size_t length, float *sums) {
    for (size_t j = 0; j < 4; j++) {
        float sum = 0;
        for (size_t i = 0; i < length; i++) sum += query[i] * four->row[j][i];
        sums[j] = sum;
    }
}

static inline void squares_four(const float *query, const vk_four *four, size_t length,
                                float *sums) {
    for (size_t j = 0; j < 4; j++) {
        float sum = 0;
        for (size_t i = 0; i < length; i++) {
            const float difference = query[i] - four->row[j][i];
            sum += difference * difference;
        }
        sums[j] = sum;
    }
}

VK_DEFINE_ROWS(dot_rows, , dot_four, VK_FROM_DOT)
VK_DEFINE_ROWS(squared_l2_rows, , squares_four, VK_FROM_SQUARES)

const vk_variant vk_plain = {"plain", dot_rows, squared_l2_rows};
