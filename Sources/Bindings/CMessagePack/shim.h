#pragma once

#include <msgpack.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libmsgpack's own packing code, instantiated a second time to append into memory that we own.
//
// `msgpack/pack.h` instantiates `pack_template.h` over a callback; the template is a public header
// made to be instantiated with another sink. Ours is a growable block of memory, so a scalar costs
// one comparison and one store of constant size and no call through a function pointer.

/// A growable block of memory; the first one lies right behind this header, so that a buffer whose
/// size was foreseen is one allocation. Invariant: `count <= capacity`.
typedef struct message_buffer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} message_buffer;

/// Stops the process when there is no memory: half a message is of no use to anyone.
static inline __attribute__((noinline, cold, noreturn)) void
message_buffer_fail(size_t size) {
    fprintf(stderr, "MessagePack: no memory for a buffer of %zu bytes\n", size);
    abort();
}

static inline uint8_t *message_buffer_first_block(message_buffer *buffer) {
    return (uint8_t *)(buffer + 1);
}

/// A buffer with room for `capacity` bytes.
static inline message_buffer *message_buffer_create(size_t capacity) {
    if (capacity > SIZE_MAX / 4) { message_buffer_fail(capacity); }
    message_buffer *buffer = (message_buffer *)malloc(sizeof(message_buffer) + capacity);
    if (buffer == NULL) { message_buffer_fail(capacity); }
    buffer->bytes = message_buffer_first_block(buffer);
    buffer->count = 0;
    buffer->capacity = capacity;
    return buffer;
}

static inline void message_buffer_destroy(message_buffer *buffer) {
    if (buffer->bytes != message_buffer_first_block(buffer)) { free(buffer->bytes); }
    free(buffer);
}

/// Makes room for `length` more bytes, at least doubling, so that appending is amortised O(1).
static inline __attribute__((noinline, cold)) void
message_buffer_grow(message_buffer *buffer, size_t length) {
    const size_t smallest = 256;
    size_t capacity = buffer->capacity < smallest ? smallest : buffer->capacity;
    if (length > SIZE_MAX / 4 - buffer->count) { message_buffer_fail(length); }
    while (capacity < buffer->count + length) { capacity *= 2; }
    const int is_first = buffer->bytes == message_buffer_first_block(buffer);
    uint8_t *bytes = (uint8_t *)realloc(is_first ? NULL : buffer->bytes, capacity);
    if (bytes == NULL) { message_buffer_fail(capacity); }
    if (is_first) { memcpy(bytes, buffer->bytes, buffer->count); }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

/// Appends `length` bytes. Bounds: the room is made, or the process stopped, before the copy.
static inline __attribute__((always_inline)) int
message_buffer_append(message_buffer *buffer, const void *bytes, size_t length) {
    if (__builtin_expect(length > buffer->capacity - buffer->count, 0)) {
        message_buffer_grow(buffer, length);
    }
    memcpy(buffer->bytes + buffer->count, bytes, length);
    buffer->count += length;
    return 0;
}

#define msgpack_pack_inline_func(name) static inline int message_pack ## name
#define msgpack_pack_user message_buffer *
#define msgpack_pack_append_buffer(user, bytes, length) \
    return message_buffer_append(user, bytes, length)
// The template's timestamp calls `msgpack_pack_ext` by its full name.
#define msgpack_pack_ext message_pack_ext

#include <msgpack/pack_template.h>

#undef msgpack_pack_ext
