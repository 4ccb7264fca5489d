// Which variants this processor has.

#include "rows.h"

const vk_variant *vk_variant_at(size_t index) {
    const vk_variant *found[4];
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        found[count++] = &vk_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("f16c"))
        found[count++] = &vk_avx2;
#endif
#if defined(__aarch64__)
    found[count++] = &vk_neon;
#endif
    found[count++] = &vk_plain;
    return index < count ? found[index] : NULL;
}

size_t vk_variant_count(void) {
    size_t count = 0;
    while (vk_variant_at(count)) count++;
    return count;
}
