// Echo over libzmq without anything above it: the limit that `tools/bench rpc` compares against.
//
//     zeromq_echo keys
//     zeromq_echo server tcp://127.0.0.1:* [--curve]
//     zeromq_echo client ENDPOINT --size N --in-flight K --calls N --warmup N [--curve]
//
// The server (ROUTER) prints its endpoint, sends each message back as it came, and ends when its
// standard input closes. The client (DEALER) keeps K messages in flight and prints one line of
// JSON. Both block in zmq_msg_recv on the application's thread; libzmq's own I/O thread does the
// rest. `keys` prints a CURVE key pair for the server, the public key first, one a line in Z85;
// `--curve` reads it from the environment: RPC_BENCH_CURVE_PUBLIC_KEY (the client) and
// RPC_BENCH_CURVE_SECRET_KEY (the server).

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define Z85_KEY_LENGTH 41 // 40 characters and the terminating zero

// Below libzmq's default high-water mark of 1,000 messages, at which a ROUTER drops.
#define MAX_IN_FLIGHT 900

struct load {
    size_t byte_count;
    long in_flight_count;
    long call_count;
    long warmup_count;
};

static void fail(const char *what) {
    fprintf(stderr, "zeromq_echo: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static void check(int result, const char *what) {
    if (result < 0) fail(what);
}

static void usage(const char *problem) {
    fprintf(stderr,
            "zeromq_echo: %s\n"
            "usage: zeromq_echo keys | server ENDPOINT [--curve]\n"
            "       | client ENDPOINT --size N --in-flight K --calls N --warmup N [--curve]\n",
            problem);
    exit(2);
}

static int64_t now_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// ---- CURVE

static const char *key_from_environment(const char *name) {
    const char *key = getenv(name);
    if (key == NULL || strlen(key) != Z85_KEY_LENGTH - 1) {
        fprintf(stderr, "zeromq_echo: --curve needs %s, 40 characters of Z85\n", name);
        exit(2);
    }
    return key;
}

static void print_keys(void) {
    char public_key[Z85_KEY_LENGTH], secret_key[Z85_KEY_LENGTH];
    check(zmq_curve_keypair(public_key, secret_key), "generate a key pair");
    printf("%s\n%s\n", public_key, secret_key);
}

// Encrypts, but lets every client key in: an allow-list costs only at the handshake.
static void use_curve_as_server(void *socket) {
    int yes = 1;
    const char *secret_key = key_from_environment("RPC_BENCH_CURVE_SECRET_KEY");
    check(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes), "set CURVE_SERVER");
    check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, Z85_KEY_LENGTH),
          "set the server's secret key");
}

static void use_curve_as_client(void *socket) {
    char public_key[Z85_KEY_LENGTH], secret_key[Z85_KEY_LENGTH];
    const char *server_key = key_from_environment("RPC_BENCH_CURVE_PUBLIC_KEY");
    check(zmq_curve_keypair(public_key, secret_key), "generate a key pair");
    check(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key, Z85_KEY_LENGTH),
          "set the server's public key");
    check(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, Z85_KEY_LENGTH),
          "set the client's public key");
    check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, Z85_KEY_LENGTH),
          "set the client's secret key");
}

// ---- Server

// Shuts the context down when standard input closes, which ends the blocking receive.
static void *end_with_input(void *context) {
    char discarded[256];
    while (read(STDIN_FILENO, discarded, sizeof discarded) > 0) {}
    zmq_ctx_shutdown(context);
    return NULL;
}

// Sends one frame back as it was received, without copying it. 0 when the context has ended.
static int echo_frame(void *router) {
    zmq_msg_t frame;
    check(zmq_msg_init(&frame), "initialise a frame");
    if (zmq_msg_recv(&frame, router, 0) < 0) {
        if (errno != ETERM && errno != EINTR) fail("receive");
        int ended = errno == ETERM;
        zmq_msg_close(&frame);
        return !ended;
    }
    int flags = zmq_msg_more(&frame) ? ZMQ_SNDMORE : 0;
    if (zmq_msg_send(&frame, router, flags) < 0) {
        if (errno != ETERM) fail("send");
        zmq_msg_close(&frame);
        return 0;
    }
    return 1;
}

static void serve(const char *address, int curve) {
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    int linger = 0;
    check(zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof linger), "set LINGER");
    if (curve) use_curve_as_server(router);
    check(zmq_bind(router, address), "bind");

    char endpoint[256];
    size_t length = sizeof endpoint;
    check(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &length), "read the endpoint");
    printf("%s\n", endpoint);
    fflush(stdout);

    pthread_t input;
    if (pthread_create(&input, NULL, end_with_input, context) != 0) fail("start a thread");
    while (echo_frame(router)) {}
    zmq_close(router);
    pthread_join(input, NULL);
    zmq_ctx_term(context);
}

// ---- Client

// As a caller does that has an argument in memory: one allocation and one copy a call.
static void send_payload(void *dealer, const uint8_t *payload, size_t byte_count) {
    check(zmq_send(dealer, payload, byte_count, 0), "send");
}

static void receive_echo(void *dealer, const uint8_t *payload, size_t byte_count, int compare) {
    zmq_msg_t reply;
    check(zmq_msg_init(&reply), "initialise a frame");
    check(zmq_msg_recv(&reply, dealer, 0), "receive (no reply within the time-out)");
    if (zmq_msg_size(&reply) != byte_count || zmq_msg_more(&reply)
        || (compare && memcmp(zmq_msg_data(&reply), payload, byte_count) != 0)) {
        fprintf(stderr, "zeromq_echo: the reply is not the echo of the %zu bytes sent\n",
                byte_count);
        exit(1);
    }
    zmq_msg_close(&reply);
}

// Replies of one connection come in the order of the requests, so the n-th reply answers the n-th
// request and one array holds first the time it was sent and then its round trip.
static void run_calls(void *dealer, const uint8_t *payload, const struct load *load,
                      long call_count, int64_t *times, int compare) {
    long sent = 0;
    for (long received = 0; received < call_count; received++) {
        while (sent < call_count && sent - received < load->in_flight_count) {
            times[sent++] = now_nanoseconds();
            send_payload(dealer, payload, load->byte_count);
        }
        receive_echo(dealer, payload, load->byte_count, compare);
        times[received] = now_nanoseconds() - times[received];
    }
}

static int ascending(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

// Nearest rank, in microseconds.
static double percentile(const int64_t *sorted, long count, long percent) {
    long rank = count * percent / 100;
    return sorted[rank < count ? rank : count - 1] / 1e3;
}

static void measure(const char *endpoint, const struct load *load, int curve) {
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    int linger = 0, time_out_milliseconds = 30000;
    check(zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger), "set LINGER");
    check(zmq_setsockopt(dealer, ZMQ_RCVTIMEO, &time_out_milliseconds,
                         sizeof time_out_milliseconds), "set RCVTIMEO");
    if (curve) use_curve_as_client(dealer);
    check(zmq_connect(dealer, endpoint), "connect");

    long most = load->call_count > load->warmup_count ? load->call_count : load->warmup_count;
    int64_t *times = calloc(most, sizeof *times);
    uint8_t *payload = malloc(load->byte_count > 0 ? load->byte_count : 1);
    if (times == NULL || payload == NULL) fail("allocate");
    for (size_t i = 0; i < load->byte_count; i++) payload[i] = (uint8_t)i;

    run_calls(dealer, payload, load, load->warmup_count, times, 1);
    int64_t start = now_nanoseconds();
    run_calls(dealer, payload, load, load->call_count, times, 0);
    double seconds = (now_nanoseconds() - start) / 1e9;

    qsort(times, load->call_count, sizeof *times, ascending);
    printf("{\"p50_us\": %.3f, \"p99_us\": %.3f, \"calls_per_second\": %.1f}\n",
           percentile(times, load->call_count, 50), percentile(times, load->call_count, 99),
           load->call_count / seconds);
    free(payload);
    free(times);
    zmq_close(dealer);
    zmq_ctx_term(context);
}

// ---- Command line

static long number(const char *word) {
    char *end;
    if (word == NULL) usage("a flag lacks its number");
    long value = strtol(word, &end, 10);
    if (*word == 0 || *end != 0 || value < 0) usage("a flag's value is not a number");
    return value;
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "keys") == 0) {
        print_keys();
        return 0;
    }
    if (count < 3) usage("expected a mode and an endpoint");
    struct load load = {.byte_count = 16, .in_flight_count = 1, .call_count = 1000,
                        .warmup_count = 100};
    int curve = 0;
    for (int i = 3; i < count; i++) {
        if (strcmp(words[i], "--curve") == 0) curve = 1;
        else if (strcmp(words[i], "--size") == 0) load.byte_count = number(words[++i]);
        else if (strcmp(words[i], "--in-flight") == 0) load.in_flight_count = number(words[++i]);
        else if (strcmp(words[i], "--calls") == 0) load.call_count = number(words[++i]);
        else if (strcmp(words[i], "--warmup") == 0) load.warmup_count = number(words[++i]);
        else usage("unknown flag");
    }
    if (load.in_flight_count < 1 || load.in_flight_count > MAX_IN_FLIGHT)
        usage("--in-flight is out of range");
    if (load.call_count < 1) usage("--calls must be at least 1");

    if (strcmp(words[1], "server") == 0) serve(words[2], curve);
    else if (strcmp(words[1], "client") == 0) measure(words[2], &load, curve);
    else usage("unknown mode");
    return 0;
}
