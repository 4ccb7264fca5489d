import Primitives
package import Storage

/// A disk in memory under the production log: what was not synced may be lost, torn or out of order
/// after a crash, and bits may flip.
package final class SimulatedDisk: LogDisk {
    private struct File {
        var name: String
        /// What the running system shows.
        var bytes: [UInt8]
        /// What is on the disk for sure.
        var durable: [UInt8]
        /// What was written over it since the last sync: where, and how much.
        var pending: [Range<Int>] = []
        /// Whether the name is there for sure.
        var isNameDurable = false
        /// Whether the name was removed, and may be back after a crash.
        var isRemoved = false
    }

    /// What a disk writes at once.
    private static let sectorByteCount = 64

    private var files: [File] = []
    private var random: SeededGenerator
    /// After how many more operations the power goes.
    private var operationsUntilLoss: Int?
    private var hasLostPower = false

    package var path: String { "disk" }

    /// An empty disk.
    init(random: SeededGenerator) { self.random = random }

    // MARK: Operations

    package func names() throws(StorageError) -> [String] {
        try check()
        return files.filter { !$0.isRemoved }.map(\.name).sorted()
    }

    package func byteCount(of name: String) throws(StorageError) -> Int {
        files[try index(of: name)].bytes.count
    }

    package func read(_ name: String, in range: Range<Int>) throws(StorageError) -> [UInt8] {
        Array(files[try index(of: name)].bytes[range])
    }

    package func create(_ name: String, byteCount: Int) throws(StorageError) {
        try change()
        precondition(!files.contains { $0.name == name && !$0.isRemoved }, "\(name) exists")
        files.removeAll { $0.name == name }
        let zeros = [UInt8](repeating: 0, count: byteCount)
        files.append(File(name: name, bytes: zeros, durable: zeros))
    }

    package func write(
        _ bytes: [UInt8], to name: String, at offset: Int
    ) throws(StorageError) {
        let isWhole = operationsUntilLoss != 0
        let index = try index(of: name)
        files[index].bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        files[index].pending.append(offset..<offset + bytes.count)
        if isWhole { try change() } else { try lose() }
    }

    package func sync(_ name: String) throws(StorageError) {
        try change()
        let index = try index(of: name)
        files[index].durable = files[index].bytes
        files[index].pending = []
    }

    package func syncDirectory() throws(StorageError) {
        try change()
        files.removeAll { $0.isRemoved }
        for index in files.indices { files[index].isNameDurable = true }
    }

    package func remove(_ name: String) throws(StorageError) {
        try change()
        files[try index(of: name)].isRemoved = true
    }

    private func index(of name: String) throws(StorageError) -> Int {
        try check()
        guard let index = files.firstIndex(where: { $0.name == name && !$0.isRemoved }) else {
            preconditionFailure("there is no file \(name)")
        }
        return index
    }

    private func check() throws(StorageError) {
        guard !hasLostPower else { throw .fenced(path: path, reason: "the power is gone") }
    }

    private func change() throws(StorageError) {
        try check()
        guard let left = operationsUntilLoss else { return }
        operationsUntilLoss = left - 1
        if left == 0 { try lose() }
    }

    private func lose() throws(StorageError) {
        hasLostPower = true
        throw .fenced(path: path, reason: "the power has gone")
    }

    // MARK: Faults

    /// Lets the power go at one of the next operations.
    func losePower(in operationCount: Int) { operationsUntilLoss = operationCount }

    /// The power is back: of what was not synced, any sectors are there, and any names.
    func restart() {
        operationsUntilLoss = nil
        hasLostPower = false
        var left: [File] = []
        for var file in files {
            guard file.isNameDurable || random.chance(0.5) else { continue }
            if file.isRemoved, random.chance(0.5) { continue }
            for range in file.pending {
                var start = range.lowerBound
                while start < range.upperBound {
                    let next = (start / Self.sectorByteCount + 1) * Self.sectorByteCount
                    let end = min(range.upperBound, next)
                    if random.chance(0.5) {
                        file.durable.replaceSubrange(start..<end, with: file.bytes[start..<end])
                    }
                    start = end
                }
            }
            left.append(
                File(
                    name: file.name, bytes: file.durable, durable: file.durable,
                    isNameDurable: true))
        }
        files = left
    }

    /// Some bits flip, wherever.
    func flipBits() {
        guard !files.isEmpty else { return }
        // In one place: damage of the last frames together is told from a torn append by nobody.
        let file = random.below(files.count)
        let offset = random.below(files[file].durable.count)
        for _ in 0..<random.within(1...3) {
            files[file].durable[offset] ^= 1 << UInt8(random.below(8))
        }
        files[file].bytes = files[file].durable
    }

    /// Everything is gone.
    func wipe() { files = [] }
}
