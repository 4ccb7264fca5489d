// The plain loops: the meaning of every other variant, and the one for unknown processors.

#include "elements.h"
#include "rows.h"

#include <math.h>

#define TARGET

static inline float load_float32(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return ((const float *)(const void *)row)[i];
}

static inline float load_float24(const uint8_t *row, size_t i, size_t length) {
    const uint16_t upper = ((const uint16_t *)(const void *)row)[i];
    return vk_widen_float24(upper, *vk_lower_plane(row, i, length));
}

static inline float load_float16(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return vk_widen_float16(((const uint16_t *)(const void *)row)[i]);
}

static inline float load_uint8(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return row[i];
}

static inline float step_dot(float sum, float q, float r) { return sum + q * r; }
static inline float step_squares(float sum, float q, float r) { return sum + (q - r) * (q - r); }
static inline float step_magnitudes(float sum, float q, float r) { return sum + fabsf(q - r); }

#define DEFINE_FOUR(NAME, SUM, ELEMENT)                                                          \
    static inline void NAME(const float *query, const vk_four *four, size_t length,              \
                            float *sums) {                                                       \
        for (size_t j = 0; j < 4; j++) {                                                         \
            sums[j] = 0;                                                                         \
            for (size_t i = 0; i < length; i++)                                                  \
                sums[j] = step_##SUM(sums[j], query[i], load_##ELEMENT(four->row[j], i, length));\
        }                                                                                        \
    }

VK_DEFINE_VARIANT(vk_plain, "plain");
