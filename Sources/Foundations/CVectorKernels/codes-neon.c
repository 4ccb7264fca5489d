// NEON: bits are counted byte by byte, products widened.

#include "codes.h"

#if defined(__aarch64__)
#include <arm_neon.h>

static inline float estimate(const vk_codes *codes, const vk_code_query *query,
                             const uint8_t *sketch) {
    const size_t stride = vk_plane_stride(codes->sketch_stride);
    int32_t sum = 0;
    for (size_t i = 0; i < codes->sketch_stride; i += 16) {
        const uint8x16_t bits = vld1q_u8(sketch + i);
        int32_t count[4];
        for (int plane = 0; plane < 4; plane++)
            count[plane] = (int32_t)vaddlvq_u8(
                vcntq_u8(vandq_u8(bits, vld1q_u8(query->planes + (size_t)plane * stride + i))));
        sum += count[0] + 2 * count[1] + 4 * count[2] - 8 * count[3];
    }
    return vk_estimated(codes, query, sketch, sum);
}

static inline float distance(const vk_codes *codes, const vk_code_query *query, uint32_t row) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t i = 0; i < codes->code_stride; i += 16) {
        const uint8x16_t line = vld1q_u8(code + i);
        const int8_t *digits = query->digits + i / 64 * 128 + i % 64;
        const int8x16_t low = vreinterpretq_s8_u8(vandq_u8(line, vdupq_n_u8(15)));
        const int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(line, 4));
        const int8x16_t first = vld1q_s8(digits), second = vld1q_s8(digits + 64);
        int16x8_t products = vmull_s8(vget_low_s8(low), vget_low_s8(first));
        products = vmlal_s8(products, vget_high_s8(low), vget_high_s8(first));
        products = vmlal_s8(products, vget_low_s8(high), vget_low_s8(second));
        products = vmlal_s8(products, vget_high_s8(high), vget_high_s8(second));
        sum = vpadalq_s16(sum, products);
    }
    return vk_distance(codes, query, row, vaddvq_s32(sum));
}

VK_DEFINE_CODES(vk_codes_neon, , estimate, distance)
#endif
