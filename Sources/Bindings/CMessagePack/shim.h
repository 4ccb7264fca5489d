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

/// A growable block of memory. Invariant: `count <= capacity`; `bytes` is null only while
/// `capacity` is zero.
typedef struct message_buffer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} message_buffer;

/// Makes room for `length` more bytes, at least doubling, so that appending is amortised O(1).
/// Stops the process when there is no memory: half a message is of no use to anyone.
static inline __attribute__((noinline, cold)) void
message_buffer_grow(message_buffer *buffer, size_t length) {
    const size_t smallest = 256;
    size_t capacity = buffer->capacity < smallest ? smallest : buffer->capacity;
    if (length > SIZE_MAX / 4 - buffer->count) {
        fprintf(stderr, "MessagePack: %zu more bytes cannot be addressed\n", length);
        abort();
    }
    while (capacity < buffer->count + length) { capacity *= 2; }
    uint8_t *bytes = (uint8_t *)realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        fprintf(stderr, "MessagePack: no memory for a buffer of %zu bytes\n", capacity);
        abort();
    }
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
