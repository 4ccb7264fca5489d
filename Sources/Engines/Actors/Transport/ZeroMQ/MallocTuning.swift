#if canImport(Glibc)
    internal import Glibc
#endif

/// Keeps glibc from mapping and unmapping every large message.
///
/// By default glibc gives blocks of 128 KiB and more pages of their own, which the kernel must
/// clear on every use: for a message of 1 MB that costs as much as sending it.
enum MallocTuning {
    private static let applied: Void = {
        #if canImport(Glibc)
            let largestPooledByteCount: Int32 = 64 << 20
            mallopt(M_MMAP_THRESHOLD, largestPooledByteCount)
            mallopt(M_TRIM_THRESHOLD, 2 * largestPooledByteCount)
        #endif
    }()

    /// Once for the process.
    static func apply() { applied }
}
