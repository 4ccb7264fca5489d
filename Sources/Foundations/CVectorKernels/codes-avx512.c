// AVX-512 with VPOPCNTDQ and VNNI: a line of a sketch in one register, a line of a code in two steps.

#include "codes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET                                                                                   \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx512vnni,fma")))

int vk_has_avx512_codes(void) {
    return __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vnni");
}

TARGET static inline float estimate(const vk_codes *codes, const vk_code_query *query,
                                    const uint8_t *sketch) {
    const size_t stride = vk_plane_stride(codes->sketch_stride);
    const uint8_t *planes = query->planes;
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < stride; i += 64) {
        const __m512i bits = _mm512_loadu_si512(sketch + i);
        __m512i count[4];
        for (int plane = 0; plane < 4; plane++)
            count[plane] = _mm512_popcnt_epi64(
                _mm512_and_si512(bits, _mm512_load_si512(planes + (size_t)plane * stride + i)));
        // 2 · (2 · (c2 − 2 · c3) + c1) + c0
        __m512i line = _mm512_sub_epi64(count[2], _mm512_add_epi64(count[3], count[3]));
        line = _mm512_add_epi64(_mm512_add_epi64(line, line), count[1]);
        line = _mm512_add_epi64(_mm512_add_epi64(line, line), count[0]);
        sum = _mm512_add_epi64(sum, line);
    }
    return vk_estimated(codes, query, sketch, (int32_t)_mm512_reduce_add_epi64(sum));
}

TARGET static inline float distance(const vk_codes *codes, const vk_code_query *query,
                                    uint32_t row) {
    const uint8_t *code = codes->codes + (size_t)row * codes->code_stride;
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i low = _mm512_setzero_si512(), high = _mm512_setzero_si512();
    for (size_t i = 0; i < codes->code_stride; i += 64) {
        const __m512i line = _mm512_load_si512(code + i);
        low = _mm512_dpbusd_epi32(low, _mm512_and_si512(line, mask),
                                  _mm512_loadu_si512(query->digits + 2 * i));
        high = _mm512_dpbusd_epi32(high, _mm512_and_si512(_mm512_srli_epi16(line, 4), mask),
                                   _mm512_loadu_si512(query->digits + 2 * i + 64));
    }
    return vk_distance(codes, query, row, _mm512_reduce_add_epi32(_mm512_add_epi32(low, high)));
}

VK_DEFINE_CODES(vk_codes_avx512, TARGET, estimate, distance)
#endif
