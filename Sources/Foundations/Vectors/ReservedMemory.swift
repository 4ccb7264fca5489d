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
/// With a file behind it, its pages are the system's to drop and to read again. The file is made as
/// long as what is committed, by `posix_fallocate`: a full disk is an error of `commit` then, and not
/// a signal at a later write. It is scratch: without a name from the beginning, gone with the object.
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
    private let file: ScratchFile?

    /// The size and alignment of a large page.
    private static let largePage = 2 << 20
    /// The least that a commit adds; below a large page, so that tiny indexes stay tiny.
    private static let smallestStep = 64 << 10
    /// The most that a commit adds beyond what was asked for.
    private static let largestStep = 64 << 20

    /// Reserves address space.
    ///
    /// - Parameter path: Where a file for it is made, in place of any that is there; memory if nil.
    /// - Throws: `MemoryError` if the address space or its limit is exhausted, or the file cannot be
    ///   made.
    package init(byteCount: Int, fileAt path: String? = nil) throws(MemoryError) {
        reservedByteCount = Self.roundUp(max(byteCount, 1), to: Self.smallestStep)
        if let path {
            file = try ScratchFile(at: path)
        } else {
            file = nil
        }
        mappingByteCount = reservedByteCount + Self.largePage
        let backing = file == nil ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED
        guard
            let mapping = mmap(
                nil, mappingByteCount, PROT_NONE, backing, file?.descriptor ?? -1, 0),
            mapping != MAP_FAILED
        else { throw MemoryError(byteCount: byteCount, errorNumber: errno, path: path) }
        self.mapping = mapping
        if file != nil {
            base = mapping
            // Rows are read one by one: what stands beside them is not worth reading with them.
            _ = madvise(base, reservedByteCount, MADV_RANDOM)
        } else {
            base = UnsafeMutableRawPointer(
                bitPattern: UInt(Self.roundUp(Int(bitPattern: mapping), to: Self.largePage)))!
            // Without large pages everything works, only slower: the answer is not needed.
            _ = madvise(base, reservedByteCount, MADV_HUGEPAGE)
        }
    }

    deinit { munmap(mapping, mappingByteCount) }

    /// Makes the first `byteCount` bytes usable.
    ///
    /// - Precondition: `byteCount` is at most `reservedByteCount`.
    /// - Throws: `MemoryError` if the system refuses the memory, or its disk is full; nothing changed
    ///   then.
    /// - Complexity: amortised O(1); steps double up to 64 MiB.
    package func commit(byteCount: Int) throws(MemoryError) {
        if byteCount <= committedByteCount { return }
        precondition(
            byteCount <= reservedByteCount, "\(byteCount) of \(reservedByteCount) reserved bytes")
        let step = min(max(committedByteCount, Self.smallestStep), Self.largestStep)
        let wanted = max(byteCount, committedByteCount + step)
        let target = min(Self.roundUp(wanted, to: Self.smallestStep), reservedByteCount)
        try file?.grow(from: committedByteCount, to: target)
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

/// The system refused address space, memory or a file in its place.
public struct MemoryError: Error, Equatable, Sendable {
    /// How much was asked for, in bytes.
    public let byteCount: Int
    /// The system's reason (`errno`).
    public let errorNumber: Int32
    /// The file that stands for memory, or nil if it is memory.
    public var path: String?
}
