import Foundation
import MessagePack
import Testing

/// Vigna's xorshift64*: the same numbers from the same seed everywhere.
struct XorShift: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        precondition(seed != 0, "xorshift stays at zero")
        state = seed
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
}

extension MessagePackValue {
    /// A random value of at most `depth` levels.
    static func random(depth: Int, using random: inout XorShift) -> MessagePackValue {
        let kind = Int.random(in: 0..<(depth > 0 ? 12 : 9), using: &random)
        let count = Int.random(in: 0..<20, using: &random)
        switch kind {
        case 0: return .nil
        case 1: return .bool(.random(using: &random))
        case 2, 3:
            let bits = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
            return .integer(bits)
        case 4: return .unsigned(random.next() | 1 << 63)
        case 5: return .float(Float.random(in: -1e6...1e6, using: &random))
        case 6: return .double(Double.random(in: -1e6...1e6, using: &random))
        case 7:
            let letter = ["a", "é", "水"].randomElement(using: &random)!
            return .string(String(repeating: letter, count: count * 3))
        case 8: return .binary((0..<count).map { _ in .random(in: 0...255, using: &random) })
        case 9:
            return .extension(
                type: .random(in: -128...127, using: &random),
                bytes: Array(repeating: 7, count: count))
        case 10: return .array((0..<count).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            return .map(
                (0..<count / 2).map { _ in
                    Pair(
                        .random(depth: 0, using: &random),
                        .random(depth: depth - 1, using: &random))
                })
        }
    }
}

@Suite struct `Random bytes` {
    /// Changes one to four places: flips, removals, insertions, headers, cuts.
    private func mutate(_ bytes: [UInt8], using random: inout XorShift) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = .random(in: 0...255, using: &random)
            case 2: bytes[place] = .random(in: 0xc0...0xdf, using: &random)
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(.random(in: 0...255, using: &random), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `are accepted only if libmsgpack accepts them`(seed: UInt64) {
        var random = XorShift(seed: seed &* 0x9e37_79b9_7f4a_7c15)
        var acceptedCount = 0
        var rejectedCount = 0
        for _ in 0..<800 {
            let original = MessagePackValue.random(depth: 4, using: &random)
            let bytes = original.bytes
            guard Judge.unpack(bytes) == .value(original, byteCount: bytes.count) else {
                Issue.record("libmsgpack reads \(bytes) as \(Judge.unpack(bytes))")
                return
            }
            for _ in 0..<10 {
                let mutant = mutate(bytes, using: &random)
                if check(mutant) { acceptedCount += 1 } else { rejectedCount += 1 }
            }
        }
        // The mutations are of use only if they produce both.
        #expect(acceptedCount > 500 && rejectedCount > 500)
    }

    /// Compares our verdict with libmsgpack's; returns whether the bytes begin with a value.
    private func check(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var reader = MessagePackReader(bytes: raw)
            do throws(MessagePackError) {
                let value = try MessagePackValue(from: &reader)
                switch Judge.unpack(bytes) {
                // NaNs are equal only as bytes.
                case .value(let other, let byteCount):
                    #expect(other.bytes == value.bytes && byteCount == reader.offset, "\(bytes)")
                // 32 levels are a limit of libmsgpack's unpacker, not of the format.
                case .tooDeep: break
                case .rejected: Issue.record("libmsgpack rejects \(bytes), we read \(value)")
                }
                return true
            } catch {
                switch error {
                // Here we are stricter: libmsgpack does not look at the text.
                case .invalidUTF8: break
                // libmsgpack would allocate for the count first; the bytes are not complete.
                case .countExceedsInput: break
                default:
                    if case .value = Judge.unpack(bytes) {
                        Issue.record("libmsgpack accepts \(bytes), we say \(error)")
                    }
                }
                return false
            }
        }
    }

    struct Everything: Codable {
        var id: UInt64?
        var name: String?
        var vector: [Float]?
        var data: Data?
        var numbers: [Int]?
        var table: [String: [Int8]]?
        var byNumber: [Int: Bool]?
        var shape: Shape?
        var children: [Everything]?
    }

    enum Shape: Codable {
        case point
        case circle(radius: Double)
        case polygon([Float], closed: Bool)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `never stop a decoder`(seed: UInt64) throws {
        var random = XorShift(seed: seed &* 0x9e37_79b9_7f4a_7c15)
        let leaf = Everything(
            id: 1, name: "leaf", vector: [1, 2, 3], data: Data([1, 2]), numbers: [1, -2, 300],
            table: ["a": [1], "b": []], byNumber: [5: true], shape: .circle(radius: 2))
        let tree = Everything(
            id: 2, name: "tree", shape: .polygon([0.5], closed: true), children: [leaf, leaf])
        let bytes = try MessagePackEncoder().encode(tree).copiedBytes()
        var acceptedCount = 0
        for _ in 0..<3_000 {
            let mutant = mutate(bytes, using: &random)
            // Whether it is accepted is not the question here: it must come back.
            if (try? MessagePackDecoder().decode(Everything.self, from: mutant)) != nil {
                acceptedCount += 1
            }
        }
        #expect(acceptedCount > 0)
    }
}
