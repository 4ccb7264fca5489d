// Rotation, encoding, and the preparation of queries: exact on every processor, so in plain C.

#include "codes.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { lanes = 16, rounds = 4 };

/// A Walsh-Hadamard transform over `count` rows of 16 floats, lane by lane; `count` is a power of two.
static void hadamard(float *x, size_t count) {
    float scale = 1;
    for (size_t half = 1; half < count; half *= 2) {
        for (size_t start = 0; start < count; start += 2 * half) {
            for (size_t row = start; row < start + half; row++) {
                float *a = x + row * lanes, *b = a + half * lanes;
                for (size_t i = 0; i < lanes; i++) {
                    const float sum = a[i] + b[i], difference = a[i] - b[i];
                    a[i] = sum;
                    b[i] = difference;
                }
            }
        }
        scale *= 0.5f;
    }
    scale = sqrtf(scale);
    for (size_t i = 0; i < count * lanes; i++) x[i] *= scale;
}

void vk_rotate(float *x, float *spare, size_t length, const uint32_t *signs) {
    const size_t rows = length / lanes;
    size_t power = 1;
    while (power * 2 <= rows) power *= 2;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < length; i++) {
            uint32_t bits;
            memcpy(&bits, x + i, sizeof bits);
            bits ^= signs[round * length + i];
            memcpy(x + i, &bits, sizeof bits);
        }
        hadamard(x, power);
        if (power < rows) hadamard(x + (rows - power) * lanes, power);
        // The lanes change places with the rows, so that the next round mixes what this one did not.
        for (size_t row = 0; row < rows; row++)
            for (size_t lane = 0; lane < lanes; lane++)
                spare[lane * rows + row] = x[row * lanes + lane];
        memcpy(x, spare, length * sizeof *x);
    }
}

/// Sums in 16 lanes, so that compilers may use registers of any width for the same result.
static float sum_of_lanes(float *sums) {
    for (size_t half = lanes / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
    return sums[0];
}

/// Gathers bit `bit` of eight bytes.
static uint8_t gather_bits(const int8_t *bytes, unsigned bit) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (uint8_t)(((word >> bit & 0x0101010101010101u) * 0x0102040810204080u) >> 56);
}

/// The width of a step of a code, in root mean squares of a row's components: the best for 16 steps
/// of a normal distribution (Max 1960, "Quantizing for minimum distortion").
static const float step_width = 0.335f;

float vk_encode(const float *row, size_t length, uint8_t *sketch, size_t sketch_stride,
                uint8_t *code, size_t code_stride) {
    float absolute[lanes] = {0}, squares[lanes] = {0};
    for (size_t start = 0; start < length; start += lanes)
        for (size_t i = 0; i < lanes; i++) {
            absolute[i] += fabsf(row[start + i]);
            squares[i] += row[start + i] * row[start + i];
        }
    const float l1 = sum_of_lanes(absolute), l2 = sum_of_lanes(squares);
    memset(sketch, 0, sketch_stride);
    memset(code, 0, code_stride);
    vk_code_factors factors = {0, 0, 0, 0};
    if (l2 > 0 && isfinite(l2)) {
        // The cosine between the row and its signs is l1 / √(length · l2).
        const float size = (float)length, cosine = l1 / sqrtf(size * l2);
        const float tangent = sqrtf(fmaxf(0, 1 - cosine * cosine)) / cosine;
        factors.sketch_scale = l2 / l1;
        factors.sketch_error = sqrtf(l2) * tangent / sqrtf(size - 1);
        const float inverse = 1 / (step_width * sqrtf(l2 / size));
        float products[lanes] = {0};
        for (size_t start = 0; start < length; start += 64) {
            int8_t positive[64];
            uint8_t *block = code + start / 128 * 64;
            const unsigned shift = start % 128 == 0 ? 0 : 4;
            for (size_t i = 0; i < 64; i++) {
                const float component = row[start + i];
                const float place = component * inverse + 8;
                const int level = (int)(place < 0 ? 0 : place > 15 ? 15 : place);
                products[i % lanes] += component * ((float)level - 7.5f);
                block[i] |= (uint8_t)(level << shift);
                positive[i] = level >= 8;
            }
            for (size_t i = 0; i < 64; i += 8)
                sketch[sizeof factors + (start + i) / 8] = gather_bits(positive + i, 0);
        }
        const float product = sum_of_lanes(products);
        factors.code_scale = product > 0 ? l2 / product : 0;
    }
    memcpy(sketch, &factors, sizeof factors);
    return l2;
}

float vk_prepare_query(const float *query, size_t length, size_t sketch_stride, uint8_t *planes,
                       int8_t *digits, size_t code_stride, vk_code_query *out) {
    float sums[lanes] = {0}, squares[lanes] = {0}, largest[lanes] = {0};
    for (size_t start = 0; start < length; start += lanes)
        for (size_t i = 0; i < lanes; i++) {
            const float component = query[start + i];
            sums[i] += component;
            squares[i] += component * component;
            largest[i] = fmaxf(largest[i], fabsf(component));
        }
    float most = 0;
    for (size_t i = 0; i < lanes; i++) most = fmaxf(most, largest[i]);
    const float l2 = sum_of_lanes(squares);
    const size_t plane_stride = vk_plane_stride(sketch_stride);
    memset(planes, 0, 4 * plane_stride);
    memset(digits + length, 0, 2 * code_stride - length);
    const float digit_inverse = most > 0 ? 127 / most : 0, step_inverse = most > 0 ? 7 / most : 0;
    int32_t digit_sum = 0;
    for (size_t start = 0; start < length; start += 64) {
        int8_t steps[64];
        for (size_t i = 0; i < 64; i++) {
            // Rounded by way of a positive number, where a conversion cuts off.
            const float component = query[start + i];
            const int digit = (int)(component * digit_inverse + 128.5f) - 128;
            digits[start + i] = (int8_t)digit;
            digit_sum += digit;
            steps[i] = (int8_t)((int)(component * step_inverse + 8.5f) - 8);
        }
        for (unsigned plane = 0; plane < 4; plane++)
            for (size_t i = 0; i < 64; i += 8)
                planes[plane * plane_stride + sizeof(vk_code_factors) + (start + i) / 8] =
                    gather_bits(steps + i, plane);
    }
    out->planes = planes;
    out->digits = digits;
    out->has_planes = 1;
    out->sketch_unit = 2 * most / 7;
    out->sketch_bias = -sum_of_lanes(sums);
    out->code_unit = most / 127;
    out->code_bias = -7.5f * (float)digit_sum;
    return l2;
}

void vk_prepare_row(const vk_codes *codes, uint32_t row, int8_t *digits, vk_code_query *out) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    int32_t sum = 0;
    for (size_t start = 0; start < codes->length; start += 64) {
        const uint8_t *block = code + start / 128 * 64;
        const unsigned shift = start % 128 == 0 ? 0 : 4;
        for (size_t i = 0; i < 64; i++) {
            const int digit = 2 * (block[i] >> shift & 15) - 15;
            digits[start + i] = (int8_t)digit;
            sum += digit;
        }
    }
    memset(digits + codes->length, 0, 2 * codes->code_stride - codes->length);
    const vk_code_factors *factors =
        (const vk_code_factors *)(codes->sketches + (size_t)row * codes->sketch_stride);
    *out = (vk_code_query){.digits = digits,
                           .code_unit = factors->code_scale / 2,
                           .code_bias = -7.5f * (float)sum};
}

// The plain loops: the meaning of every other variant.

static float estimate(const vk_codes *codes, const vk_code_query *query, const uint8_t *sketch) {
    const size_t plane_stride = vk_plane_stride(codes->sketch_stride);
    int32_t sum = 0;
    for (size_t i = sizeof(vk_code_factors); i < codes->sketch_stride; i++)
        for (unsigned plane = 0; plane < 4; plane++) {
            const int count = __builtin_popcount(sketch[i] & query->planes[plane * plane_stride + i]);
            sum += plane < 3 ? count << plane : -8 * count;
        }
    return vk_estimated(codes, query, sketch, sum);
}

static float distance(const vk_codes *codes, const vk_code_query *query, uint32_t row) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    int32_t sum = 0;
    for (size_t start = 0; start < codes->code_stride; start += 64)
        for (size_t i = 0; i < 64; i++)
            sum += (code[start + i] & 15) * query->digits[2 * start + i] +
                   (code[start + i] >> 4) * query->digits[2 * start + 64 + i];
    return vk_distance(codes, query, row, sum);
}

VK_DEFINE_CODES(vk_codes_plain, , estimate, distance)

vk_codes_variant vk_codes_variant_at(size_t index) {
    const vk_variant *variant = vk_variant_at(index);
#if defined(__x86_64__)
    if (variant == &vk_avx512 && vk_has_avx512_codes()) return vk_codes_avx512;
    if (variant == &vk_avx512 || variant == &vk_avx2) return vk_codes_avx2;
#endif
#if defined(__aarch64__)
    if (variant == &vk_neon) return vk_codes_neon;
#endif
    return vk_codes_plain;
}
