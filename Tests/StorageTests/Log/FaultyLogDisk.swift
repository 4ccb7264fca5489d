import Primitives
import Storage

/// A disk in memory that can fail or lose power at any operation, and forgets what was not synced.
final class FaultyLogDisk: LogDisk {
    /// What happens at one operation.
    enum Fault {
        /// It fails, after it was done in part; the process lives on.
        case failure
        /// The power goes: everything fails from here on, until ``restart()``.
        case powerLoss
    }

    struct File {
        /// What the running system shows.
        var bytes: [UInt8]
        /// What is on the disk for sure.
        var durableBytes: [UInt8]
        /// What was written over it since the last sync.
        var pending: [(offset: Int, bytes: [UInt8])] = []
    }

    let path = "disk"
    private(set) var files: [String: File] = [:]
    /// The names that would be there after a crash, with the files that have them.
    private var durableFiles: [String: File] = [:]
    private var unsyncedNames: Set<String> = []
    private var generator: SeededGenerator
    /// How many operations that change something have been done.
    private(set) var operationCount = 0
    private var fault: (operation: Int, kind: Fault)?
    private(set) var hasLostPower = false

    init(seed: UInt64 = 1) { generator = SeededGenerator(seed: seed) }

    /// Lets a fault happen at an operation, counted from now.
    func plan(_ kind: Fault, in count: Int) { fault = (operationCount + count, kind) }

    /// Changes a file behind the log's back.
    func edit(_ name: String, _ change: (inout [UInt8]) -> Void) {
        var bytes = files[name]?.bytes ?? []
        change(&bytes)
        files[name] = File(bytes: bytes, durableBytes: bytes)
        durableFiles[name] = files[name]
    }

    /// Removes a file behind the log's back.
    func lose(_ name: String) {
        files[name] = nil
        durableFiles[name] = nil
    }

    /// Everything as it is, on another disk, all of it durable.
    func copy() -> FaultyLogDisk {
        let copy = FaultyLogDisk()
        for (name, file) in files { copy.edit(name) { $0 = file.bytes } }
        return copy
    }

    /// Power comes back: of what was not synced some is there, in parts of 64 bytes.
    func restart() {
        hasLostPower = false
        fault = nil
        for name in unsyncedNames.sorted() {
            // It is there as before or as after the change of names.
            if Bool.random(using: &generator) { durableFiles[name] = files[name] }
        }
        unsyncedNames = []
        var after: [String: File] = [:]
        for name in durableFiles.keys.sorted() {
            let file = files[name] ?? durableFiles[name]
            guard let file else { continue }
            var bytes = file.durableBytes
            let mode = Int.random(in: 0..<4, using: &generator)
            for write in file.pending {
                for (index, byte) in write.bytes.enumerated() {
                    let sector = (write.offset + index) / 64
                    var dice = SplitMix64(seed: UInt64(sector) &+ UInt64(operationCount) << 20)
                    let isWritten =
                        switch mode {
                        case 0: false
                        case 1: true
                        case 2: dice.next() % 2 == 0
                        default: index < Int(dice.next() % UInt64(write.bytes.count + 1))
                        }
                    if isWritten { bytes[write.offset + index] = byte }
                }
            }
            after[name] = File(bytes: bytes, durableBytes: bytes)
        }
        files = after
        durableFiles = after
    }

    /// Whether the operation is to be done, or what happens instead.
    private func next() throws(StorageError) -> Fault? {
        guard !hasLostPower else { throw .unwritable(path: path, reason: "no power") }
        operationCount += 1
        guard let fault, fault.operation == operationCount else { return nil }
        if case .powerLoss = fault.kind { hasLostPower = true }
        return fault.kind
    }

    private var failure: StorageError { .unwritable(path: path, reason: "an error of the test") }

    func names() throws(StorageError) -> [String] { files.keys.sorted() }

    func byteCount(of name: String) throws(StorageError) -> Int { files[name]?.bytes.count ?? 0 }

    func read(_ name: String, in range: Range<Int>) throws(StorageError) -> [UInt8] {
        guard let file = files[name] else { throw failure }
        return Array(file.bytes[range])
    }

    func create(_ name: String, byteCount: Int) throws(StorageError) {
        guard files[name] == nil else { throw failure }
        let fault = try next()
        let count = fault == nil ? byteCount : Int.random(in: 0...byteCount, using: &generator)
        let zeros = [UInt8](repeating: 0, count: count)
        files[name] = File(bytes: zeros, durableBytes: zeros)
        unsyncedNames.insert(name)
        if fault != nil { throw failure }
    }

    func write(_ bytes: [UInt8], to name: String, at offset: Int) throws(StorageError) {
        let fault = try next()
        var bytes = bytes
        if case .failure = fault {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
        }
        files[name]?.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        files[name]?.pending.append((offset, bytes))
        if fault != nil { throw failure }
    }

    func sync(_ name: String) throws(StorageError) {
        switch try next() {
        case .powerLoss: throw failure
        case .failure:
            // As Linux does: it takes the bytes for written from now on, though they are not.
            files[name]?.pending = []
            throw failure
        case nil:
            files[name]?.pending.forEach { write in
                files[name]?.durableBytes.replaceSubrange(
                    write.offset..<write.offset + write.bytes.count, with: write.bytes)
            }
            files[name]?.pending = []
        }
    }

    func syncDirectory() throws(StorageError) {
        if try next() != nil { throw failure }
        unsyncedNames = []
        durableFiles = files
    }

    func remove(_ name: String) throws(StorageError) {
        if try next() != nil { throw failure }
        unsyncedNames.insert(name)
        files[name] = nil
    }
}
