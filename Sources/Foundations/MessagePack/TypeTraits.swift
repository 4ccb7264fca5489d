import Synchronization

/// How values of one type are coded, when not by their own `Codable`.
enum TypeTreatment: UInt8 {
    case codable
    case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64
    case float, double, string
    case floats, bytes, data
    case direct
}

/// What is known about one type.
struct TypeTraits {
    let id: ObjectIdentifier
    /// What writing does.
    let encoding: TypeTreatment
    /// What reading does.
    let decoding: TypeTreatment
    /// The type itself when `encoding` is `.direct`.
    let encodable: (any MessagePackEncodable.Type)?
    /// The type itself when `decoding` is `.direct`.
    let decodable: (any MessagePackDecodable.Type)?
}

extension TypeTraits {
    /// The traits of `type`, computed once for each type of the process.
    ///
    /// A cast `T.self as? any MessagePackEncodable.Type` searches conformances under a lock and
    /// costs over 100 ns; this costs a multiplication and two loads.
    ///
    /// Thread safety: a slot is written once, with release order, after its record is complete, and
    /// read with acquire order; records are immutable and never freed.
    @inline(__always)
    static func of<T>(_ type: T.Type) -> UnsafePointer<TypeTraits> {
        let id = ObjectIdentifier(type)
        let slot = TypeTraitsTable.slot(of: id)
        if let known = TypeTraitsTable.shared.slots[slot].load(ordering: .acquiring) {
            let traits = UnsafePointer(known)
            if traits.pointee.id == id { return traits }
        }
        return TypeTraitsTable.shared.find(type, slot: slot)
    }
}

/// The traits of all types met, with a direct-mapped table before it.
///
/// Bounded by the number of types of the program: messages cannot name types here.
private struct TypeTraitsTable: ~Copyable, Sendable {
    // 1,024 slots are several times the types of this project's messages. Two types in one slot
    // evict each other and fall back to the dictionary, which is slow but right.
    static let bits = 10
    static let shared = TypeTraitsTable()

    nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<UnsafeMutablePointer<TypeTraits>?>>
    private let all = Mutex<[ObjectIdentifier: Record]>([:])

    /// A record on its way through the mutex.
    private struct Record: @unchecked Sendable {
        // `@unchecked`: the record is complete and immutable before it gets here.
        let pointer: UnsafeMutablePointer<TypeTraits>
    }

    private init() {
        let count = 1 << Self.bits
        slots = .allocate(capacity: count)
        for index in 0..<count {
            (slots + index).initialize(to: Atomic(nil))
        }
    }

    @inline(__always)
    static func slot(of id: ObjectIdentifier) -> Int {
        // Fibonacci hashing: metadata addresses differ in their middle bits.
        let hash = UInt64(UInt(bitPattern: id)) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: hash >> UInt64(64 - bits))
    }

    @inline(never)
    func find<T>(_ type: T.Type, slot: Int) -> UnsafePointer<TypeTraits> {
        let id = ObjectIdentifier(type)
        let record = all.withLock { all in
            if let known = all[id] { return known }
            let pointer = UnsafeMutablePointer<TypeTraits>.allocate(capacity: 1)
            pointer.initialize(to: TypeTraits(computedFor: type))
            all[id] = Record(pointer: pointer)
            return Record(pointer: pointer)
        }
        slots[slot].store(record.pointer, ordering: .releasing)
        return UnsafePointer(record.pointer)
    }
}
