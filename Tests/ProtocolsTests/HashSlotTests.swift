import Foundation
import Protocols
import Testing

@Suite struct `A hash slot` {
    /// One line of `Protocols/Golden/hash-slots.txt`.
    struct Golden: CustomStringConvertible {
        var id: String
        var canonicalBytes: String
        var slot: UInt16
        var description: String { String(id.prefix(40)) }
    }

    static let golden: [Golden] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Protocols/Golden/hash-slots.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let fields = line.split(separator: "\t").map(String.init)
            return fields.count == 3
                ? UInt16(fields[2]).map {
                    Golden(id: fields[0], canonicalBytes: fields[1], slot: $0)
                } : nil
        }
    }()

    @Test func `has test vectors`() { #expect(Self.golden.count == 27) }

    @Test(arguments: golden)
    func `is the same in every language`(golden: Golden) {
        let id = PointID(text: golden.id)
        let hexadecimal = id.canonicalBytes.map { String(format: "%02x", $0) }.joined()
        #expect(hexadecimal == golden.canonicalBytes)
        #expect(HashSlot(of: id).number == golden.slot)
        #expect(PointID(canonicalBytes: id.canonicalBytes) == id)
        #expect(id.description == golden.id)
    }

    @Test(arguments: [1, 2, 3, 7, 16, 256, 16_384])
    func `is in one of evenly parted ranges`(count: Int) {
        let ranges = SlotRange.even(count)
        #expect(ranges.count == count)
        #expect(ranges.first?.first == 0)
        #expect(ranges.last?.last == 16_383)
        for (before, after) in zip(ranges, ranges.dropFirst()) {
            #expect(Int(before.last) + 1 == Int(after.first))
        }
        let sizes = ranges.map { Int($0.last) - Int($0.first) + 1 }
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
}
