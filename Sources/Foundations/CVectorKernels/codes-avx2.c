// AVX2: bits are counted by a table of 16, products summed in pairs.

#include "codes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,popcnt")))

/// The number of bits in each 64-bit lane (Muła, Kurz and Lemire 2018, "Faster population counts using
/// AVX2 instructions").
TARGET static inline __m256i popcount(__m256i bits) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1,
                                           2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i mask = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, mask));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), mask));
    return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

TARGET static inline int32_t sum_of_words(__m256i sum) {
    const __m128i half =
        _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    const __m128i quarter = _mm_add_epi32(half, _mm_unpackhi_epi64(half, half));
    return _mm_cvtsi128_si32(_mm_add_epi32(quarter, _mm_shuffle_epi32(quarter, 1)));
}

TARGET static inline float estimate(const vk_codes *codes, const vk_code_query *query,
                                    const uint8_t *sketch) {
    const size_t stride = vk_plane_stride(codes->sketch_stride);
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < codes->sketch_stride; i += 32) {
        const __m256i bits = _mm256_loadu_si256((const __m256i *)(sketch + i));
        __m256i count[4];
        for (int plane = 0; plane < 4; plane++) {
            const uint8_t *mask = query->planes + (size_t)plane * stride + i;
            count[plane] =
                popcount(_mm256_and_si256(bits, _mm256_load_si256((const __m256i *)mask)));
        }
        __m256i line = _mm256_sub_epi64(count[2], _mm256_add_epi64(count[3], count[3]));
        line = _mm256_add_epi64(_mm256_add_epi64(line, line), count[1]);
        line = _mm256_add_epi64(_mm256_add_epi64(line, line), count[0]);
        sum = _mm256_add_epi64(sum, line);
    }
    // Sums of 64-bit lanes fit into their lower halves; the upper are 0 or −1.
    const __m256i lower = _mm256_and_si256(sum, _mm256_set1_epi64x(0xffffffff));
    return vk_estimated(codes, query, sketch, sum_of_words(lower));
}

TARGET static inline float distance(const vk_codes *codes, const vk_code_query *query,
                                    uint32_t row) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    const __m256i mask = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < codes->code_stride; i += 32) {
        const __m256i line = _mm256_load_si256((const __m256i *)(code + i));
        const int8_t *digits = query->digits + i / 64 * 128 + i % 64;
        const __m256i low = _mm256_maddubs_epi16(
            _mm256_and_si256(line, mask), _mm256_loadu_si256((const __m256i *)digits));
        const __m256i high = _mm256_maddubs_epi16(
            _mm256_and_si256(_mm256_srli_epi16(line, 4), mask),
            _mm256_loadu_si256((const __m256i *)(digits + 64)));
        // Each of the two is at most 2 · 15 · 128 in size: their sum fits 16 bits.
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(low, high), ones));
    }
    return vk_distance(codes, query, row, sum_of_words(sum));
}

VK_DEFINE_CODES(vk_codes_avx2, TARGET, estimate, distance)
#endif
