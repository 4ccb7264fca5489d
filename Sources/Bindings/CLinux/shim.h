#pragma once

// What Swift's Glibc module leaves out. Without _GNU_SOURCE: with it `fd_set` has other names for its
// members than in Swift's own module of glibc, and a clean build refuses the contradiction.
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// epoll_event is packed and holds a union, which Swift imports awkwardly.
static inline int clinux_epoll_add(int epoll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int clinux_epoll_remove(int epoll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event);
}

/// Waits and writes the tokens of what is readable; returns how many, or -1.
static inline int clinux_epoll_wait(int epoll, uint64_t *tokens, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int index = 0; index < count; index++) tokens[index] = events[index].data.u64;
    return count;
}

static inline int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/// glibc declares it for _GNU_SOURCE only.
extern int pthread_setname_np(pthread_t thread, const char *name);

/// Names the calling thread, at most 15 characters.
static inline void clinux_name_thread(const char *name) {
    (void)pthread_setname_np(pthread_self(), name);
}

/// See MallocTuning.
static inline void clinux_pool_large_blocks(int byte_count) {
    (void)mallopt(M_MMAP_THRESHOLD, byte_count);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * byte_count);
}
