// AVX2 with FMA: 8 floats a step, four rows sharing each load of the query, scalar tails.

#include "rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))

/// Sums the lanes of four accumulators together: one shuffle tree instead of four.
TARGET static inline __m128 reduce(const __m256 sum[4]) {
    const __m256 pairs =
        _mm256_hadd_ps(_mm256_hadd_ps(sum[0], sum[1]), _mm256_hadd_ps(sum[2], sum[3]));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

#define STEP_DOT(accumulator, q, r) _mm256_fmadd_ps(q, r, accumulator)
#define STEP_SQUARES(accumulator, q, r)                                                          \
    _mm256_fmadd_ps(_mm256_sub_ps(q, r), _mm256_sub_ps(q, r), accumulator)
#define LAST_DOT(q, r) ((q) * (r))
#define LAST_SQUARES(q, r) (((q) - (r)) * ((q) - (r)))

#define DEFINE_FOUR(NAME, STEP, LAST)                                                            \
    TARGET static inline void NAME(const float *query, const vk_four *four, size_t length,       \
                                   float *sums) {                                                \
        __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),          \
                         _mm256_setzero_ps()};                                                   \
        size_t i = 0;                                                                            \
        for (; i + 8 <= length; i += 8) {                                                        \
            const __m256 q = _mm256_loadu_ps(query + i);                                         \
            for (int j = 0; j < 4; j++) {                                                        \
                if (i % 16 == 0) vk_prefetch(four->next[j] + i);                                 \
                sum[j] = STEP(sum[j], q, _mm256_loadu_ps(four->row[j] + i));                     \
            }                                                                                    \
        }                                                                                        \
        _mm_storeu_ps(sums, reduce(sum));                                                        \
        for (; i < length; i++)                                                                  \
            for (int j = 0; j < 4; j++) sums[j] += LAST(query[i], four->row[j][i]);              \
    }

DEFINE_FOUR(dot_four, STEP_DOT, LAST_DOT)
DEFINE_FOUR(squares_four, STEP_SQUARES, LAST_SQUARES)

VK_DEFINE_ROWS(dot_rows, TARGET, dot_four, VK_FROM_DOT)
VK_DEFINE_ROWS(squared_l2_rows, TARGET, squares_four, VK_FROM_SQUARES)

const vk_variant vk_avx2 = {"avx2", dot_rows, squared_l2_rows};
#endif
