import Glibc

/// A stretch of address space that is reserved once and filled from its start.
///
/// Nothing ever moves, so a reader may hold pointers into it while the one writer makes it
/// longer. Reserved pages cost nothing until they are committed *and* touched.
///
/// ```
///  base                    committed                                 reserved
///   │ readable, writable    │ no access                               │
///   ├───────────────────────┼─────────────────────────────────────────┤
/// ```
///
/// Large pages are asked for (`MADV_HUGEPAGE`): a graph walk touches pages at random, and with
/// 4 KiB pages every row would cost a miss in the translation cache as well.
///
/// Thread safety: one writer calls `commit`; any thread may read committed bytes that were
/// published to it. Freed with the object, so an owner keeps it alive while pointers are in use.
package final class ReservedMemory: @unchecked Sendable {
    /// The first byte, aligned to 2 MiB; all bytes are zero at first.
    package let base: UnsafeMutableRawPointer
    /// How many bytes are reserved.
    package let reservedByteCount: Int
    /// How many bytes from `base` may be touched; the writer's own.
    package private(set) var committedByteCount = 0
    private let mapping: UnsafeMutableRawPointer
    private let mappingByteCount: Int

    /// The size and alignment of a large page.
    private static let largePage = 2 << 20
    /// The least that a commit adds; below a large page, so that tiny indexes stay tiny.
    private static let smallestStep = 64 << 10
    /// The most that a commit adds beyond what was asked for.
    private static let largestStep = 64 << 20

    /// Reserves address space.
    ///
    /// - Throws: `MemoryError` if the address space or its limit is exhausted.
    package init(byteCount: Int) throws(MemoryError) {
        reservedByteCount = Self.roundUp(max(byteCount, 1), to: Self.smallestStep)
        mappingByteCount = reservedByteCount + Self.largePage
        guard
            let mapping = mmap(
                nil, mappingByteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1, 0), mapping != MAP_FAILED
        else { throw MemoryError(byteCount: byteCount, errorNumber: errno) }
        self.mapping = mapping
        base = UnsafeMutableRawPointer(
            bitPattern: UInt(Self.roundUp(Int(bitPattern: mapping), to: Self.largePage)))!
        // Without large pages everything works, only slower: the answer is not needed.
        _ = madvise(base, reservedByteCount, MADV_HUGEPAGE)
    }

    deinit { munmap(mapping, mappingByteCount) }

    /// Makes the first `byteCount` bytes usable.
    ///
    /// - Precondition: `byteCount` is at most `reservedByteCount`.
    /// - Throws: `MemoryError` if the system refuses the memory.
    /// - Complexity: amortised O(1); steps double up to 64 MiB.
    package func commit(byteCount: Int) throws(MemoryError) {
        if byteCount <= committedByteCount { return }
        precondition(
            byteCount <= reservedByteCount, "\(byteCount) of \(reservedByteCount) reserved bytes")
        let step = min(max(committedByteCount, Self.smallestStep), Self.largestStep)
        let wanted = max(byteCount, committedByteCount + step)
        let target = min(Self.roundUp(wanted, to: Self.smallestStep), reservedByteCount)
        guard
            mprotect(
                base + committedByteCount, target - committedByteCount, PROT_READ | PROT_WRITE)
                == 0
        else { throw MemoryError(byteCount: target, errorNumber: errno) }
        committedByteCount = target
    }

    private static func roundUp(_ value: Int, to unit: Int) -> Int {
        (value + unit - 1) / unit * unit
    }
}

/// The system refused address space or memory.
public struct MemoryError: Error, Equatable, Sendable {
    /// How much was asked for, in bytes.
    public let byteCount: Int
    /// The system's reason (`errno`).
    public let errorNumber: Int32
}
