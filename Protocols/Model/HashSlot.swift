import Primitives

/// One of 16,384 parts of all point ids, fixed for ever: ids never move between slots, only slots
/// between shards.
///
/// The slot is the low 14 bits of the CRC-32C of ``PointID/canonicalBytes``; test vectors are in
/// `Golden/hash-slots.txt`.
public struct HashSlot: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 to 16,383.
    public let number: UInt16

    /// How many slots there are.
    public static let count = 16_384

    /// The slot of a point.
    public init(of id: PointID) {
        number = UInt16(CRC32C.checksum(of: id.canonicalBytes) & UInt32(Self.count - 1))
    }

    /// By number.
    public static func < (left: HashSlot, right: HashSlot) -> Bool { left.number < right.number }
    /// The number.
    public var description: String { String(number) }
}

/// The slots from `first` to `last`, both included.
public struct SlotRange: Hashable, Sendable, Codable {
    /// The first slot's number.
    public var first: UInt16
    /// The last slot's number.
    public var last: UInt16

    /// Makes a range; `first` must not be above `last`.
    public init(first: UInt16, last: UInt16) {
        precondition(first <= last && last < HashSlot.count, "no slots from \(first) to \(last)")
        self.first = first
        self.last = last
    }

    /// Whether the slot is one of these.
    public func contains(_ slot: HashSlot) -> Bool { first <= slot.number && slot.number <= last }

    /// All slots parted into `count` ranges whose sizes differ by one at most, in order.
    public static func even(_ count: Int) -> [SlotRange] {
        precondition((1...HashSlot.count).contains(count), "cannot part slots into \(count)")
        return (0..<count).map { index in
            SlotRange(
                first: UInt16(index * HashSlot.count / count),
                last: UInt16((index + 1) * HashSlot.count / count - 1))
        }
    }
}
