// A load of HTTP/1.1 requests on kept-alive connections, from one thread.
//
//   http_load --port N --path /x [--header "Name: value"]... [--bodies FILE]
//             --connections N --seconds S [--warm S] [--rate R] [--pid N]
//
// Closed loop: each connection asks again as soon as it has its answer. With --rate open loop: R
// requests a second are due in even steps, whether or not answers come; one that is due while all
// connections wait for answers is missed. Latency counts from when a request was due, or in the closed
// loop from when it was sent.
//
// FILE has one body a line; they are sent in turn, by POST. Without it requests are GETs.
//
// Prints one line of JSON. `ok` are answers with status 200, `refused` those with 429 and 503.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 << 10, MAX_BODIES = 4096, MAX_HEADERS = 4096, EVENTS = 512 };

static const int64_t DRAIN_NS = 2000000000;

struct request {
    char *bytes;
    size_t count;
};

struct connection {
    int descriptor;
    bool is_waiting;
    bool is_in_window;  // whether its answer counts
    int64_t due;        // nanoseconds
    size_t filled;
    char buffer[BUFFER_BYTES];
};

struct series {
    float *microseconds;
    size_t count, capacity;
};

static struct sockaddr_in address;
static struct request requests[MAX_BODIES];
static size_t request_count, next_request;
static struct connection *connections;
static int connection_count = 64;
static int poller;
static struct series accepted, refused;
static unsigned long long other_count, broken_count, missed_count, sent_count;
static int64_t window_begin, window_end;
static bool is_measuring;
static double own_before, theirs_before;  // seconds of processor when measuring began
static int pid;

static void fail(const char *what) {
    fprintf(stderr, "http_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void add(struct series *series, int64_t nanoseconds) {
    if (series->count == series->capacity) {
        series->capacity = series->capacity ? 2 * series->capacity : 1 << 16;
        series->microseconds =
            realloc(series->microseconds, series->capacity * sizeof *series->microseconds);
        if (!series->microseconds) fail("memory");
    }
    series->microseconds[series->count++] = (float)nanoseconds / 1000;
}

static void open_connection(int index) {
    struct connection *connection = &connections[index];
    int on = 1;
    connection->filled = 0;
    connection->is_waiting = false;
    connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->descriptor < 0) fail("socket");
    // Blocking: the server is on this machine, and accepts at once or the load has no use.
    if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event) != 0) fail("epoll_ctl");
}

static void reopen(int index) {
    if (connections[index].is_in_window) broken_count++;
    close(connections[index].descriptor);
    open_connection(index);
}

static void ask(int index, int64_t due) {
    struct connection *connection = &connections[index];
    struct request *request = &requests[next_request++ % request_count];
    connection->due = due;
    connection->is_waiting = true;
    connection->is_in_window = due >= window_begin && due < window_end;
    if (connection->is_in_window) sent_count++;
    // Small against the socket's buffer, which is empty: the answer before has come.
    ssize_t sent = send(connection->descriptor, request->bytes, request->count, MSG_NOSIGNAL);
    if (sent != (ssize_t)request->count) reopen(index);
}

// The status of an answer that is there as a whole; 0 if it is not; -1 if it is no such answer.
static int status_of(struct connection *connection) {
    char *end = memmem(connection->buffer, connection->filled, "\r\n\r\n", 4);
    if (!end) return connection->filled == BUFFER_BYTES ? -1 : 0;
    size_t head_count = (size_t)(end + 4 - connection->buffer), body_count = 0;
    *end = 0;
    char *length = strcasestr(connection->buffer, "\r\ncontent-length:");
    *end = '\r';
    if (!length || strncmp(connection->buffer, "HTTP/1.1 ", 9) != 0) return -1;
    body_count = strtoul(length + 17, NULL, 10);
    if (head_count + body_count > BUFFER_BYTES) return -1;
    if (connection->filled < head_count + body_count) return 0;
    return atoi(connection->buffer + 9);
}

static void count(struct connection *connection, int status, int64_t now) {
    if (!connection->is_in_window) return;
    if (status == 200)
        add(&accepted, now - connection->due);
    else if (status == 429 || status == 503)
        add(&refused, now - connection->due);
    else
        other_count++;
}

// Whether the connection has no request under way any more.
static bool read_answer(int index) {
    struct connection *connection = &connections[index];
    ssize_t got = recv(connection->descriptor, connection->buffer + connection->filled,
                       BUFFER_BYTES - connection->filled, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got <= 0) {
        bool was_waiting = connection->is_waiting;
        reopen(index);
        return was_waiting;
    }
    connection->filled += (size_t)got;
    int status = status_of(connection);
    if (status == 0) return false;
    if (status < 0) {
        errno = EPROTO;
        fail("an answer");
    }
    count(connection, status, now_ns());
    connection->filled = 0;
    connection->is_waiting = false;
    return true;
}

static double own_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// What the process has used so far: fields 14 and 15, behind the name in parentheses.
static double seconds_of(int process) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = process ? fopen(path, "r") : NULL;
    if (!file) return 0;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = 0;
    unsigned long user = 0, system = 0;
    char *name_end = strrchr(text, ')');
    if (!name_end || sscanf(name_end + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            &user, &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void look_at_processors(int64_t now) {
    if (is_measuring || now < window_begin) return;
    is_measuring = true;
    own_before = own_seconds();
    theirs_before = seconds_of(pid);
}

static void wait_for(struct epoll_event *events, int *event_count, int64_t nanoseconds) {
    struct timespec patience = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    *event_count = epoll_pwait2(poller, events, EVENTS, &patience, NULL);
    if (*event_count < 0 && errno != EINTR) fail("epoll_pwait2");
}

static void run_closed(void) {
    struct epoll_event events[EVENTS];
    int event_count;
    for (int index = 0; index < connection_count; index++) ask(index, now_ns());
    for (int64_t now; (now = now_ns()) < window_end;) {
        look_at_processors(now);
        wait_for(events, &event_count, window_end - now);
        for (int event = 0; event < event_count; event++) {
            int index = (int)events[event].data.u32;
            if (read_answer(index)) ask(index, now_ns());
        }
    }
}

static void run_open(int64_t begin, double rate) {
    struct epoll_event events[EVENTS];
    int event_count, free_count = 0;
    int *free_indices = malloc((size_t)connection_count * sizeof *free_indices);
    if (!free_indices) fail("memory");
    for (int index = 0; index < connection_count; index++) free_indices[free_count++] = index;
    uint64_t arrival = 0;
    for (int64_t now; (now = now_ns()) < window_end;) {
        look_at_processors(now);
        int64_t due = begin + (int64_t)(1e9 * (double)arrival / rate);
        // Answers are read between, so that a burst of due requests finds free connections.
        for (int burst = 0; due <= now && burst < EVENTS; burst++) {
            if (free_count > 0)
                ask(free_indices[--free_count], due);
            else if (due >= window_begin && due < window_end)
                missed_count++;
            due = begin + (int64_t)(1e9 * (double)++arrival / rate);
        }
        now = now_ns();
        wait_for(events, &event_count, due > now ? due - now : 0);
        for (int event = 0; event < event_count; event++) {
            int index = (int)events[event].data.u32;
            if (read_answer(index)) free_indices[free_count++] = index;
        }
    }
}

// Waits for the answers that count, a while.
static void drain(void) {
    struct epoll_event events[EVENTS];
    int event_count;
    int64_t end = window_end + DRAIN_NS;
    for (int64_t now; (now = now_ns()) < end;) {
        unsigned long long answered = accepted.count + refused.count + other_count + broken_count;
        if (answered >= sent_count) return;
        wait_for(events, &event_count, end - now);
        for (int event = 0; event < event_count; event++)
            read_answer((int)events[event].data.u32);
    }
}

static int by_value(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static double quantile(const struct series *series, double share) {
    if (series->count == 0) return -1;
    return series->microseconds[(size_t)(share * (double)(series->count - 1))];
}

static void make_requests(const char *path, const char *headers, const char *bodies, int port) {
    if (!bodies) {
        struct request *request = &requests[request_count++];
        request->count = (size_t)asprintf(&request->bytes,
                                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", path,
                                          port, headers);
        return;
    }
    FILE *file = fopen(bodies, "r");
    if (!file) fail(bodies);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while (request_count < MAX_BODIES && (length = getline(&line, &capacity, file)) > 0) {
        if (line[length - 1] == '\n') line[--length] = 0;
        struct request *request = &requests[request_count++];
        request->count = (size_t)asprintf(
            &request->bytes,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n%s"
            "Content-Length: %zd\r\n\r\n%s",
            path, port, headers, length, line);
    }
    fclose(file);
    if (request_count == 0) fail("no bodies");
}

int main(int argc, char **argv) {
    const char *path = "/", *bodies = NULL;
    char headers[MAX_HEADERS] = "";
    double seconds = 1, warm = 0, rate = 0;
    int port = 0;
    for (int index = 1; index + 1 < argc; index += 2) {
        const char *name = argv[index], *value = argv[index + 1];
        if (!strcmp(name, "--port")) port = atoi(value);
        else if (!strcmp(name, "--path")) path = value;
        else if (!strcmp(name, "--bodies")) bodies = value;
        else if (!strcmp(name, "--connections")) connection_count = atoi(value);
        else if (!strcmp(name, "--seconds")) seconds = atof(value);
        else if (!strcmp(name, "--warm")) warm = atof(value);
        else if (!strcmp(name, "--rate")) rate = atof(value);
        else if (!strcmp(name, "--pid")) pid = atoi(value);
        else if (!strcmp(name, "--header")) {
            size_t used = strlen(headers);
            snprintf(headers + used, sizeof headers - used, "%s\r\n", value);
        } else {
            fprintf(stderr, "http_load: unknown option %s\n", name);
            return 2;
        }
    }
    if (!port || connection_count < 1 || argc % 2 == 0) {
        fprintf(stderr, "usage: see the top of http_load.c\n");
        return 2;
    }
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    make_requests(path, headers, bodies, port);
    poller = epoll_create1(0);
    connections = calloc((size_t)connection_count, sizeof *connections);
    if (poller < 0 || !connections) fail("memory");
    for (int index = 0; index < connection_count; index++) open_connection(index);

    int64_t begin = now_ns();
    window_begin = begin + (int64_t)(1e9 * warm);
    window_end = window_begin + (int64_t)(1e9 * seconds);
    if (rate > 0)
        run_open(begin, rate);
    else
        run_closed();
    double own = own_seconds() - own_before, theirs = seconds_of(pid) - theirs_before;
    drain();
    qsort(accepted.microseconds, accepted.count, sizeof(float), by_value);
    qsort(refused.microseconds, refused.count, sizeof(float), by_value);
    printf("{\"ok\":%zu,\"refused\":%zu,\"other\":%llu,\"broken\":%llu,\"missed\":%llu,"
           "\"unanswered\":%llu,\"ok_s\":%.1f,\"sent_s\":%.1f,"
           "\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"refused_p99_us\":%.1f,"
           "\"generator_cpu\":%.3f,\"server_cpu\":%.3f}\n",
           accepted.count, refused.count, other_count, broken_count, missed_count,
           sent_count - accepted.count - refused.count - other_count - broken_count,
           (double)accepted.count / seconds, (double)sent_count / seconds,
           quantile(&accepted, 0.5), quantile(&accepted, 0.99), quantile(&accepted, 1),
           quantile(&refused, 0.99), own / seconds, theirs / seconds);
    return 0;
}
