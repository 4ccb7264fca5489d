import Vectors

/// The stored form of a graph, version 2: one header and a sequence of chunks.
///
/// A chunk holds the links of a fixed range of rows, so that a checkpoint writes only the chunks
/// that changed. Vectors are stored elsewhere. All numbers are little-endian.
///
/// Header:
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 4 | `56 48 47 48` ("VHGH") |
/// | 4 | 2 | version: 2 |
/// | 6 | 1 | metric: 0 cosine, 1 dot, 2 euclid |
/// | 7 | 1 | pruned candidates: 0 discarded, 1 kept |
/// | 8 | 4 | dimension |
/// | 12 | 4 | maxLinks |
/// | 16 | 4 | efConstruction |
/// | 20 | 4 | row count n: live rows, tombstones and free slots |
/// | 24 | 8 | seed of the level generator |
/// | 32 | 4 | row of the entry point, `FF FF FF FF` if there is none |
/// | 36 | 4 | level of the entry point, 0 if there is none |
/// | 40 | 4 | rows per chunk r |
/// | 44 | 4 | chunk count c = ⌈n / r⌉ |
/// | 48 | 1 | removed rows: 0 kept, 1 reused |
/// | 49 | 1 | tombstonePercent |
/// | 50 | 1 | phase of the sweep: 0 idle, 1 condemning, 2 repairing, 3 releasing |
/// | 51 | 1 | traversal: 0 vectors, 1 codes |
/// | 52 | 4 | the row that the sweep comes to next, at most n; 0 if idle |
/// | 56 | 4 | z: the dimension once rows are coded, 0 before |
/// | 60 | 4 · c | the checksum of each chunk: a chunk of another checkpoint is found out |
/// | 60 + 4 · c | 4 · z | where codes are taken from: float32 |
/// | 60 + 4 · c + 4 · z | 4 | CRC-32C of all bytes before |
///
/// Chunk i, for the rows i · r ..< min(n, (i + 1) · r):
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 4 | `56 48 47 43` ("VHGC") |
/// | 4 | 2 | version: 2 |
/// | 6 | 2 | zero |
/// | 8 | 4 | i |
/// | 12 | 4 | the first row |
/// | 16 | 4 | the number of rows |
/// | 20 | 4 | b: the bytes of all records |
/// | 24 | b | one record a row, in row order |
/// | 24 + b | 4 | CRC-32C of all bytes before |
///
/// Record:
///
/// | size | meaning |
/// |---|---|
/// | 1 | bits 0–1: 0 live, 1 tombstone, 2 condemned, 3 free; bit 2: the row is not in the graph, since its vector equals that of a node; bit 3: its chain of equal vectors goes on; others zero |
/// | 1 | its level; 0 if bit 2 is set |
/// | 4 | only if bit 3 is set: the next row of the chain |
/// | 2 + 4 · links | unless bit 2 is set, for each layer 0...level: the number of links, then their rows |
///
/// The record of a free row is the byte 3 alone. While the sweep is releasing, condemned rows are
/// written with bit 2, and whatever a chunk of an earlier checkpoint says of their lists and chains
/// does not count: nothing leads to them any more. What else an index needs follows from this: which
/// rows are free, the backward links of chains, the table of equal vectors, the counts.
enum GraphFormat {
    static let headerMagic: [UInt8] = Array("VHGH".utf8)
    static let chunkMagic: [UInt8] = Array("VHGC".utf8)
    static let version: UInt16 = 2
    static let checksumByteCount = 4
    static let chunkHeadByteCount = 24
    static let headerByteCount = 56
    static let stateMask: UInt8 = 3
    static let duplicateFlag: UInt8 = 4
    static let chainFlag: UInt8 = 8

    /// What a chunk is kept below: values of this size suit LevelDB.
    static let chunkByteLimit = 1 << 20

    /// The rows of a chunk: the largest power of two, at most 4096, with which a chunk of full
    /// lists and one full upper layer for every row stays below `chunkByteLimit`.
    ///
    /// (On average a row has 1 / (M − 1) upper layers, so the limit holds with much to spare.)
    static func rowsPerChunk(maxLinks: Int) -> Int {
        let record = 16 + (2 * maxLinks + maxLinks) * 4
        var rows = 4096
        while rows * record > chunkByteLimit { rows /= 2 }
        return rows
    }

    static func code(_ metric: Metric) -> UInt8 {
        switch metric {
        case .cosine: 0
        case .dot: 1
        case .euclid: 2
        }
    }

    static func metric(_ code: UInt8) -> Metric? {
        Metric.allCases.first { self.code($0) == code }
    }
}

/// One value of a stored graph; see `GraphFormat` in the sources for its bytes.
public enum GraphPart: Equatable, Hashable, Sendable {
    /// The header: written last, since it binds the chunks.
    case header
    /// The chunk with this number.
    case chunk(Int)
}
