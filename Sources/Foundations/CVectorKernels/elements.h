// One component: narrowed to its element and widened again.
//
// By whole numbers, and by products that are exact: the same bits on every processor, whatever
// instructions for it there are. Narrowing rounds to the nearest, ties to the even one, and keeps
// what is finite finite.

#pragma once

#include <stdint.h>
#include <string.h>

static inline uint32_t vk_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float vk_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/// The upper 24 bits of the nearest float that has no others.
static inline uint32_t vk_narrow_float24(float value) {
    const uint32_t largest = 0x7f7fff00, bits = vk_bits(value), magnitude = bits & 0x7fffffff;
    const uint32_t rounded = magnitude + 0x7f + (magnitude >> 8 & 1);
    return ((bits & 0x80000000) | (rounded > largest ? largest : rounded)) >> 8;
}

static inline float vk_widen_float24(uint16_t upper, uint8_t lower) {
    return vk_float((uint32_t)upper << 16 | (uint32_t)lower << 8);
}

static inline uint16_t vk_narrow_float16(float value) {
    enum { smallest_normal = 0x38800000, below_half_of_smallest = 0x33000000, largest = 0x7bff };
    const uint32_t bits = vk_bits(value), magnitude = bits & 0x7fffffff;
    uint32_t half;
    if (magnitude >= smallest_normal) {
        // 13 bits fewer, and an exponent that counts from 15 instead of 127.
        half = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
        if (half > largest) half = largest;
    } else if (magnitude > below_half_of_smallest) {
        // A multiple of 2^-24: the mantissa with its hidden bit, shifted to that place.
        const uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
        const uint32_t shift = 126 - (magnitude >> 23);
        half = (mantissa + (1u << (shift - 1)) - 1 + (mantissa >> shift & 1)) >> shift;
    } else {
        half = 0;
    }
    return (uint16_t)(bits >> 16 & 0x8000) | (uint16_t)half;
}

static inline float vk_widen_float16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, magnitude = half & 0x7fff;
    if (magnitude < 0x0400) return vk_float(sign | vk_bits((float)magnitude * 0x1p-24f));
    if (magnitude < 0x7c00) return vk_float(sign | ((magnitude << 13) + (112u << 23)));
    return vk_float(sign | 0x7f800000 | magnitude << 13);
}

static inline uint8_t vk_narrow_uint8(float value) {
    if (!(value > 0)) return 0;
    return value < 255 ? (uint8_t)(value + 0.5f) : 255;
}
