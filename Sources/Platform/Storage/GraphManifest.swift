internal import Primitives
internal import Raft

/// Which chunks make up the stored graph, and what it covers; written last, in one synced batch, so
/// that a checkpoint which was cut short leaves the one before it whole.
///
/// A chunk that did not change keeps the key under which an earlier checkpoint has stored it.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 4 | version: 1 |
/// | 4 | 8 | generation: the number of this checkpoint |
/// | 12 | 8 | index of the last applied entry whose changes the graph has |
/// | 20 | 4 | the rows before this one are in the graph, or needed no more |
/// | 24 | 4 | chunk count c |
/// | 28 | 8 · c | the generation that has stored each chunk |
/// | 28 + 8 · c | 4 | byte count h of the header |
/// | 32 + 8 · c | h | the header of the graph, as `HNSW` has written it |
/// | 32 + 8 · c + h | 4 | CRC-32C of all bytes before |
///
/// Numbers are little-endian.
struct GraphManifest: Hashable, Sendable {
    private static let version: UInt32 = 1

    /// The number of the checkpoint, 1 for the first.
    var generation: UInt64
    /// The last applied entry whose changes the graph has.
    var appliedIndex: UInt64
    /// The rows before this one are in the graph, or needed no more.
    var nextRow: UInt32
    /// The checkpoint that stored each chunk.
    var chunkGenerations: [UInt64]
    /// The header, with the checksums of the chunks.
    var header: [UInt8]

    init(
        generation: UInt64, appliedIndex: UInt64, nextRow: UInt32, chunkGenerations: [UInt64],
        header: [UInt8]
    ) {
        self.generation = generation
        self.appliedIndex = appliedIndex
        self.nextRow = nextRow
        self.chunkGenerations = chunkGenerations
        self.header = header
    }

    /// What ``bytes`` came from; nil if they are not whole.
    init?(bytes: [UInt8]) {
        do throws(ByteError) {
            guard var reader = SealedBytes.reader(of: bytes) else { return nil }
            guard try reader.read(UInt32.self) == Self.version else { return nil }
            generation = try reader.read(UInt64.self)
            appliedIndex = try reader.read(UInt64.self)
            nextRow = try reader.read(UInt32.self)
            chunkGenerations = []
            for _ in 0..<(try reader.readCount(ofElementsOf: 8)) {
                chunkGenerations.append(try reader.read(UInt64.self))
            }
            header = try reader.readCounted()
            try reader.finish()
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(generation)
        writer.write(appliedIndex)
        writer.write(nextRow)
        writer.write(count: chunkGenerations.count)
        for generation in chunkGenerations { writer.write(generation) }
        writer.write(counted: header)
        return SealedBytes.sealed(writer.bytes)
    }

    /// The key of a chunk of this manifest.
    func key(ofChunk chunk: Int) -> [UInt8] {
        Keyspace.graphChunk(UInt32(chunk), ofGeneration: chunkGenerations[chunk])
    }

    /// The keys of all chunks of this manifest.
    var chunkKeys: [[UInt8]] { chunkGenerations.indices.map { key(ofChunk: $0) } }
}

/// A part of the stored graph, with the row of the store that each of its slots holds.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 4 | byte count g of the graph's chunk |
/// | 4 | g | the graph's chunk, as `HNSW` has written it |
/// | 4 + g | 4 | slot count n |
/// | 8 + g | 4 · n | the row of each slot, `FF FF FF FF` if it holds none |
/// | 8 + g + 4 · n | 4 | CRC-32C of all bytes before |
///
/// Numbers are little-endian.
struct StoredChunk: Hashable, Sendable {
    var graph: [UInt8]
    var rows: [UInt32]

    init(graph: [UInt8], rows: [UInt32]) {
        self.graph = graph
        self.rows = rows
    }

    /// What ``bytes`` came from; nil if they are not whole.
    init?(bytes: [UInt8]) {
        do throws(ByteError) {
            guard var reader = SealedBytes.reader(of: bytes) else { return nil }
            graph = try reader.readCounted()
            let count = try reader.readCount(ofElementsOf: 4)
            let numbers = try reader.readBytes(count * 4)
            rows = [UInt32](unsafeUninitializedCapacity: count) { buffer, initializedCount in
                // As many bytes as the buffer has room for; little-endian as the processor.
                numbers.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
                }
                initializedCount = count
            }
            try reader.finish()
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(reservingCapacity: graph.count + rows.count * 4 + 12)
        writer.write(counted: graph)
        writer.write(count: rows.count)
        rows.withUnsafeBytes { writer.append($0) }  // little-endian as the processor
        return SealedBytes.sealed(writer.bytes)
    }
}

/// Bytes with their CRC-32C behind them, little-endian.
enum SealedBytes {
    static func sealed(_ content: consuming [UInt8]) -> [UInt8] {
        content.append(littleEndian: CRC32C.checksum(of: content))
        return content
    }

    /// Reads the bytes before the checksum; nil if it is not theirs.
    static func reader(of bytes: [UInt8]) -> ByteReader? {
        let count = bytes.count - MemoryLayout<UInt32>.size
        guard count >= 0,
            bytes.littleEndian(at: count, as: UInt32.self) == CRC32C.checksum(of: bytes[..<count])
        else { return nil }
        return ByteReader(bytes, in: 0..<count)
    }
}
