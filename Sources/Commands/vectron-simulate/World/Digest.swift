import Primitives
package import Raft

/// A 64-bit fingerprint of a sequence of numbers: equal runs have equal fingerprints, in every
/// process and on every machine, which `Hasher` does not promise.
package struct Digest: Sendable, Hashable {
    /// The fingerprint so far.
    package private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// The fingerprint of nothing.
    package init() {}

    /// Takes the next number.
    package mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0xbf58_476d_1ce4_e5b9
        value ^= value >> 29
    }

    /// Takes the next number.
    package mutating func mix(_ number: Int) { mix(UInt64(bitPattern: Int64(number))) }

    /// Takes bytes and how many there are.
    package mutating func mix(_ bytes: [UInt8]) {
        mix(bytes.count)
        var word: UInt64 = 0
        for (offset, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if offset & 7 == 7 { mix(word) }
        }
        mix(word)
    }

    /// Takes the peers of a configuration.
    package mutating func mix(_ configuration: Configuration) {
        for peers in [configuration.voters, configuration.outgoing, configuration.learners] {
            mix(peers.count)
            for peer in peers { mix(peer.rawValue) }
        }
    }

    /// Takes an entry.
    package mutating func mix(_ entry: Entry) {
        mix(entry.term)
        mix(entry.index)
        switch entry.content {
        case .empty: mix(0)
        case .command(let bytes): mix(bytes)
        case .configuration(let configuration): mix(configuration)
        }
    }
}
