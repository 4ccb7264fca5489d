// AVX2 with FMA and F16C: 8 components a step, four rows sharing each load of the query.

#include "rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))

TARGET static inline __m256 load_float32(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return _mm256_loadu_ps((const float *)(const void *)(row + 4 * i));
}

TARGET static inline __m256 load_float24(const uint8_t *row, size_t i, size_t length) {
    const __m128i upper = _mm_loadu_si128((const void *)vk_upper_plane(row, i));
    const __m128i lower = _mm_loadl_epi64((const void *)vk_lower_plane(row, i, length));
    return _mm256_castsi256_ps(
        _mm256_or_si256(_mm256_slli_epi32(_mm256_cvtepu16_epi32(upper), 16),
                        _mm256_slli_epi32(_mm256_cvtepu8_epi32(lower), 8)));
}

TARGET static inline __m256 load_float16(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)(row + 2 * i)));
}

TARGET static inline __m256 load_uint8(const uint8_t *row, size_t i, size_t length) {
    (void)length;
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(row + i))));
}

/// Sums the lanes of four accumulators together: one shuffle tree instead of four.
TARGET static inline __m128 reduce(const __m256 sum[4]) {
    const __m256 pairs =
        _mm256_hadd_ps(_mm256_hadd_ps(sum[0], sum[1]), _mm256_hadd_ps(sum[2], sum[3]));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

TARGET static inline __m256 step_dot(__m256 sum, __m256 q, __m256 r) {
    return _mm256_fmadd_ps(q, r, sum);
}

TARGET static inline __m256 step_squares(__m256 sum, __m256 q, __m256 r) {
    const __m256 difference = _mm256_sub_ps(q, r);
    return _mm256_fmadd_ps(difference, difference, sum);
}

TARGET static inline __m256 step_magnitudes(__m256 sum, __m256 q, __m256 r) {
    const __m256 signs = _mm256_set1_ps(-0.0f);
    return _mm256_add_ps(_mm256_andnot_ps(signs, _mm256_sub_ps(q, r)), sum);
}

#define DEFINE_FOUR(NAME, SUM, ELEMENT)                                                          \
    TARGET static inline void NAME(const float *query, const vk_four *four, size_t length,       \
                                   float *sums) {                                                \
        __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),          \
                         _mm256_setzero_ps()};                                                   \
        for (size_t i = 0; i < length; i += 8) {                                                 \
            const __m256 q = _mm256_loadu_ps(query + i);                                         \
            for (int j = 0; j < 4; j++) {                                                        \
                if (i % 16 == 0) vk_prefetch_##ELEMENT(four->next[j], i);                        \
                sum[j] = step_##SUM(sum[j], q, load_##ELEMENT(four->row[j], i, length));         \
            }                                                                                    \
        }                                                                                        \
        _mm_storeu_ps(sums, reduce(sum));                                                        \
    }

VK_DEFINE_VARIANT(vk_avx2, "avx2");
#endif
