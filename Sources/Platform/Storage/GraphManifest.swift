/// Which chunks make up the stored graph; written last, in one synced batch, so that a checkpoint
/// which was cut short leaves the one before it whole.
///
/// A chunk that did not change keeps the key under which an earlier checkpoint has stored it.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | generation: the number of this checkpoint, little-endian |
/// | 8 | 4 | chunk count c, little-endian |
/// | 12 | 8 · c | the generation that has stored each chunk, little-endian |
/// | 12 + 8 · c | rest | the header of the graph, as `HNSW` has written it |
struct GraphManifest: Hashable {
    /// The number of the checkpoint, 1 for the first.
    var generation: UInt64
    /// The checkpoint that stored each chunk.
    var chunkGenerations: [UInt64]
    /// The header, with the checksums of the chunks.
    var header: [UInt8]

    init(generation: UInt64, chunkGenerations: [UInt64], header: [UInt8]) {
        self.generation = generation
        self.chunkGenerations = chunkGenerations
        self.header = header
    }

    init?(bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        let chunkCount = Int(bytes.littleEndian(at: 8, as: UInt32.self))
        guard bytes.count - 12 >= 8 * chunkCount else { return nil }
        generation = bytes.littleEndian(at: 0, as: UInt64.self)
        chunkGenerations = (0..<chunkCount).map {
            bytes.littleEndian(at: 12 + 8 * $0, as: UInt64.self)
        }
        header = Array(bytes[(12 + 8 * chunkCount)...])
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: generation)
        bytes.append(littleEndian: UInt32(chunkGenerations.count))
        for generation in chunkGenerations { bytes.append(littleEndian: generation) }
        return bytes + header
    }

    /// The key of a chunk of this manifest.
    func key(ofChunk chunk: Int) -> [UInt8] {
        Keyspace.graphChunk(UInt32(chunk), ofGeneration: chunkGenerations[chunk])
    }

    /// The keys of all chunks of this manifest.
    var chunkKeys: [[UInt8]] { chunkGenerations.indices.map { key(ofChunk: $0) } }
}
