// AVX-512: 16 floats a step, four rows sharing each load of the query, masked tails.

#include "rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,fma")))

/// Sums the lanes of four accumulators together: one shuffle tree instead of four.
TARGET static inline __m128 reduce(const __m512 sum[4]) {
    __m256 half[4];
    for (int j = 0; j < 4; j++) {
        const __m512d whole = _mm512_castps_pd(sum[j]);
        half[j] = _mm256_add_ps(_mm512_castps512_ps256(sum[j]),
                                _mm256_castpd_ps(_mm512_extractf64x4_pd(whole, 1)));
    }
    const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(half[0], half[1]),
                                        _mm256_hadd_ps(half[2], half[3]));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

#define STEP_DOT(accumulator, q, r) _mm512_fmadd_ps(q, r, accumulator)
#define STEP_SQUARES(accumulator, q, r)                                                          \
    _mm512_fmadd_ps(_mm512_sub_ps(q, r), _mm512_sub_ps(q, r), accumulator)

#define DEFINE_FOUR(NAME, STEP)                                                                  \
    TARGET static inline void NAME(const float *query, const vk_four *four, size_t length,       \
                                   float *sums) {                                                \
        const float *r0 = four->row[0], *r1 = four->row[1];                                      \
        const float *r2 = four->row[2], *r3 = four->row[3];                                      \
        const float *n0 = four->next[0], *n1 = four->next[1];                                    \
        const float *n2 = four->next[2], *n3 = four->next[3];                                    \
        __m512 sum[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(),          \
                         _mm512_setzero_ps()};                                                   \
        size_t i = 0;                                                                            \
        for (; i + 16 <= length; i += 16) {                                                      \
            vk_prefetch(n0 + i);                                                                 \
            vk_prefetch(n1 + i);                                                                 \
            vk_prefetch(n2 + i);                                                                 \
            vk_prefetch(n3 + i);                                                                 \
            const __m512 q = _mm512_loadu_ps(query + i);                                         \
            sum[0] = STEP(sum[0], q, _mm512_loadu_ps(r0 + i));                                   \
            sum[1] = STEP(sum[1], q, _mm512_loadu_ps(r1 + i));                                   \
            sum[2] = STEP(sum[2], q, _mm512_loadu_ps(r2 + i));                                   \
            sum[3] = STEP(sum[3], q, _mm512_loadu_ps(r3 + i));                                   \
        }                                                                                        \
        if (i < length) {                                                                        \
            const __mmask16 tail = (__mmask16)((1u << (length - i)) - 1);                        \
            const __m512 q = _mm512_maskz_loadu_ps(tail, query + i);                             \
            sum[0] = STEP(sum[0], q, _mm512_maskz_loadu_ps(tail, r0 + i));                       \
            sum[1] = STEP(sum[1], q, _mm512_maskz_loadu_ps(tail, r1 + i));                       \
            sum[2] = STEP(sum[2], q, _mm512_maskz_loadu_ps(tail, r2 + i));                       \
            sum[3] = STEP(sum[3], q, _mm512_maskz_loadu_ps(tail, r3 + i));                       \
        }                                                                                        \
        _mm_storeu_ps(sums, reduce(sum));                                                        \
    }

DEFINE_FOUR(dot_four, STEP_DOT)
DEFINE_FOUR(squares_four, STEP_SQUARES)

VK_DEFINE_ROWS(dot_rows, TARGET, dot_four, VK_FROM_DOT)
VK_DEFINE_ROWS(squared_l2_rows, TARGET, squares_four, VK_FROM_SQUARES)

const vk_variant vk_avx512 = {"avx512", dot_rows, squared_l2_rows};
#endif
