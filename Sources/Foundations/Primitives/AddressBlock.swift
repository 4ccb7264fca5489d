import Glibc

/// An IP address, as 128 bits: those of version 4 are `::ffff:a.b.c.d`, so that both ways to write
/// one are equal.
public struct IPAddress: Sendable, Hashable {
    fileprivate let high: UInt64
    fileprivate let low: UInt64

    /// Reads an address of either version, without a port or a zone; nil if the text is none.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        if text.contains(":") {
            guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        } else {
            var four = [UInt8](repeating: 0, count: 4)
            guard inet_pton(AF_INET, text, &four) == 1 else { return nil }
            bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + four
        }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Whether it is of version 4.
    public var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The address as RFC 5952 writes it.
    public var description: String {
        let bytes = [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
        }
        if isVersion4 { return bytes.suffix(4).map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // It fails for a family that it does not know or too little room: neither is so.
        _ = inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count))
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or one address.
public struct AddressBlock: Sendable, Hashable {
    private let first: IPAddress
    /// How many of the 128 bits count.
    private let bitCount: Int

    /// Reads an address, or one with `/` and how many of its bits count; the others must be 0.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = IPAddress(String(parts[0])) else { return nil }
        let width = first.isVersion4 ? 32 : 128
        var bitCount = width
        if parts.count == 2 {
            guard parts[1].allSatisfy(\.isASCIIDigit), parts[1].count <= 3,
                let number = Int(parts[1]), number <= width
            else { return nil }
            bitCount = number
        }
        self.first = first
        self.bitCount = bitCount + 128 - width
        let mask = mask
        guard first.high & ~mask.high == 0, first.low & ~mask.low == 0 else { return nil }
    }

    private var mask: (high: UInt64, low: UInt64) {
        func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : ~0 << UInt64(64 - min(count, 64)) }
        return (ones(bitCount), ones(bitCount - 64))
    }

    /// Whether the address is one of them.
    public func contains(_ address: IPAddress) -> Bool {
        let mask = mask
        return address.high & mask.high == first.high && address.low & mask.low == first.low
    }
}

extension AddressBlock: CustomStringConvertible {
    /// The block as it is read.
    public var description: String {
        "\(first)/\(first.isVersion4 ? bitCount - 96 : bitCount)"
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
