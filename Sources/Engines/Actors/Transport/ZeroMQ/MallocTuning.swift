internal import CLinux

/// Keeps glibc from mapping and unmapping every large message.
///
/// By default glibc gives blocks of 128 KiB and more pages of their own, which the kernel must
/// clear on every use: for a message of 1 MB that costs as much as sending it.
enum MallocTuning {
    private static let applied: Void = {
        let largestPooledByteCount: Int32 = 64 << 20
        clinux_pool_large_blocks(largestPooledByteCount)
    }()

    /// Once for the process.
    static func apply() { applied }
}
