internal import CLinux

#if canImport(Glibc)
    internal import Glibc
#endif

/// A counter of the kernel by which any thread wakes the one that polls it.
final class Eventfd: Sendable {
    let fileDescriptor: Int32

    init() {
        fileDescriptor = clinux_eventfd()
        precondition(fileDescriptor >= 0, "no file descriptor is left for an eventfd")
    }

    deinit { close(fileDescriptor) }

    /// Wakes the thread that polls.
    func signal() {
        var one: UInt64 = 1
        // It can only fail when the counter is full, and then it is signalled already.
        _ = write(fileDescriptor, &one, 8)
    }

    /// Takes the signal back.
    func drain() {
        var count: UInt64 = 0
        // It can only fail when nothing was signalled.
        _ = read(fileDescriptor, &count, 8)
    }
}
