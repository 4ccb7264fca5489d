// NEON: 4 components a step, four rows sharing each load of the query.

#include "rows.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#define TARGET

/// Four bytes as whole numbers.
static inline uint32x4_t widen_bytes(const uint8_t *bytes) {
    uint32_t four;
    memcpy(&four, bytes, sizeof four);
    return vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)))));
}

static inline uint16x4_t load_halves(const uint8_t *bytes) {
    return vreinterpret_u16_u8(vld1_u8(bytes));
}

static inline float32x4_t load_float32(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return vld1q_f32((const float *)(const void *)(row + 4 * i));
}

static inline float32x4_t load_float24(const uint8_t *row, size_t i, size_t length) {
    const uint32x4_t upper = vmovl_u16(load_halves(vk_upper_plane(row, i)));
    const uint32x4_t lower = widen_bytes(vk_lower_plane(row, i, length));
    return vreinterpretq_f32_u32(
        vorrq_u32(vshlq_n_u32(upper, 16), vshlq_n_u32(lower, 8)));
}

static inline float32x4_t load_float16(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return vcvt_f32_f16(vreinterpret_f16_u16(load_halves(row + 2 * i)));
}

static inline float32x4_t load_uint8(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return vcvtq_f32_u32(widen_bytes(row + i));
}

static inline float32x4_t step_dot(float32x4_t sum, float32x4_t q, float32x4_t r) {
    return vfmaq_f32(sum, q, r);
}

static inline float32x4_t step_squares(float32x4_t sum, float32x4_t q, float32x4_t r) {
    const float32x4_t difference = vsubq_f32(q, r);
    return vfmaq_f32(sum, difference, difference);
}

static inline float32x4_t step_magnitudes(float32x4_t sum, float32x4_t q, float32x4_t r) {
    return vaddq_f32(sum, vabdq_f32(q, r));
}

#define DEFINE_FOUR(NAME, SUM, ELEMENT)                                                          \
    static inline void NAME(const float *query, const vk_four *four, size_t length,              \
                            float *sums) {                                                       \
        float32x4_t sum[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};   \
        for (size_t i = 0; i < length; i += 4) {                                                 \
            const float32x4_t q = vld1q_f32(query + i);                                          \
            for (int j = 0; j < 4; j++) {                                                        \
                if (i % 16 == 0) vk_prefetch_##ELEMENT(four->next[j], i);                        \
                sum[j] = step_##SUM(sum[j], q, load_##ELEMENT(four->row[j], i, length));         \
            }                                                                                    \
        }                                                                                        \
        for (int j = 0; j < 4; j++) sums[j] = vaddvq_f32(sum[j]);                                \
    }

VK_DEFINE_VARIANT(vk_neon, "neon");
#endif
