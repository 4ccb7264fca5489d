// Whole rows: written from float32, and read.

#include "elements.h"
#include "CVectorKernels.h"

static void store_float24(const float *vector, size_t count, uint16_t *upper, uint8_t *lower) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = vk_narrow_float24(vector[i]);
        upper[i] = (uint16_t)(bits >> 8);
        lower[i] = (uint8_t)bits;
    }
}

static void store_float16(const float *vector, size_t count, uint16_t *row) {
    for (size_t i = 0; i < count; i++) row[i] = vk_narrow_float16(vector[i]);
}

static void store_uint8(const float *vector, size_t count, uint8_t *row) {
    for (size_t i = 0; i < count; i++) row[i] = vk_narrow_uint8(vector[i]);
}

void vk_store_row(vk_element element, const float *vector, size_t count, void *row, size_t length) {
    switch (element) {
    case vk_float32: memcpy(row, vector, count * sizeof *vector); break;
    case vk_float24: store_float24(vector, count, row, (uint8_t *)row + 2 * length); break;
    case vk_float16: store_float16(vector, count, row); break;
    case vk_uint8: store_uint8(vector, count, row); break;
    }
}

void vk_load_row(vk_element element, const void *row, size_t length, float *vector, size_t count) {
    const uint16_t *halves = row;
    const uint8_t *bytes = row;
    switch (element) {
    case vk_float32: memcpy(vector, row, count * sizeof *vector); break;
    case vk_float24:
        bytes += 2 * length;
        for (size_t i = 0; i < count; i++) vector[i] = vk_widen_float24(halves[i], bytes[i]);
        break;
    case vk_float16:
        for (size_t i = 0; i < count; i++) vector[i] = vk_widen_float16(halves[i]);
        break;
    case vk_uint8:
        for (size_t i = 0; i < count; i++) vector[i] = bytes[i];
        break;
    }
}
