#if canImport(Glibc)
    internal import Glibc
#endif

/// A pipe by which any thread wakes the one that polls it.
package final class WakePipe: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// Makes a pipe of this process.
    package init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no file descriptor is left for a pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes the thread that waits.
    package func signal() {
        var byte: UInt8 = 1
        // It can only fail when the pipe is full, and then it is signalled already.
        _ = write(writeEnd, &byte, 1)
    }

    /// Sleeps until a signal, until one of the file descriptors is readable, or for a while.
    package func wait(with descriptors: [Int32], atMostMilliseconds milliseconds: Int32) {
        var polled = ([readEnd] + descriptors).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // Interrupted or not: the caller looks at everything anyway.
        _ = poll(&polled, nfds_t(polled.count), milliseconds)
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &bytes, bytes.count) == bytes.count {}
    }
}
