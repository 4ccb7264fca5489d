import Testing
import Vectors

@Suite struct `A vector store` {
    @Test func `pads rows with zeros to a cache line and never moves them`() throws {
        let store = try VectorStore(dimension: 17, capacity: 10_000)
        #expect(store.stride == 32)
        let first = store.row(0)
        for row in 0..<10_000 {
            let room = try store.makeRoom(for: row)
            #expect(room.count == 17)
            room.update(repeating: Float(row))
        }
        #expect(store.row(0) == first)
        #expect(Int(bitPattern: first) % 64 == 0)
        for row in [0, 1, 5_000, 9_999] {
            let components = UnsafeBufferPointer(start: store.row(row), count: 32)
            #expect(components.prefix(17).allSatisfy { $0 == Float(row) })
            #expect(components.suffix(15).allSatisfy { $0 == 0 })
        }
    }

    @Test func `reserves address space without taking memory`() throws {
        // A hundred times what this machine has, most likely: only reserved.
        let store = try VectorStore(dimension: 65_536, capacity: 1 << 22)
        try store.makeRoom(for: 0).update(repeating: 1)
        #expect(store.row(0)[65_535] == 1)
    }

    @Test func `says so when the address space does not suffice`() {
        #expect(throws: MemoryError.self) {
            _ = try VectorStore(dimension: 65_536, capacity: 1 << 40)
        }
        #expect(throws: MemoryError.self) {
            _ = try VectorStore(dimension: 65_536, capacity: .max)
        }
    }
}
