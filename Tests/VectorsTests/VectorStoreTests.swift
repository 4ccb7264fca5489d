import Fixtures
import Foundation
import Testing
import Vectors

@Suite struct `A vector store` {
    @Test(arguments: VectorElement.allCases)
    func `pads rows with zeros to a cache line and never moves them`(
        element: VectorElement
    ) throws {
        let store = try VectorStore(dimension: 17, element: element, capacity: 10_000)
        #expect(store.paddedDimension == 32)
        #expect(store.stride == [.float32: 128, .float24: 128, .float16: 64, .uint8: 64][element])
        let first = store.row(0)
        #expect(Int(bitPattern: first) % 64 == 0)
        for row in 0..<10_000 {
            let vector = [Float](repeating: Float(row % 256), count: 17)
            try vector.withUnsafeBufferPointer { try store.write($0, at: row) }
        }
        #expect(store.row(0) == first)
        for row in [0, 1, 5_000, 9_999] {
            #expect(store.read(row) == [Float](repeating: Float(row % 256), count: 17))
            var padded = [Float](repeating: .nan, count: 32)
            padded.withUnsafeMutableBufferPointer { store.read(row, into: $0) }
            #expect(padded.prefix(17).allSatisfy { $0 == Float(row % 256) })
            #expect(padded.suffix(15).allSatisfy { $0.bitPattern == 0 })
        }
    }

    @Test(arguments: VectorElement.allCases)
    func `gives equal vectors, and only those, equal bytes`(element: VectorElement) throws {
        let store = try VectorStore(dimension: 17, element: element, capacity: 19)
        for row in 0..<19 {
            // Rows 0 and 18 are equal; each other row differs from them in one component.
            var vector = (0..<17).map { Float($0) }
            if (1...17).contains(row) { vector[row - 1] += 1 }
            try vector.withUnsafeBufferPointer { try store.write($0, at: row) }
        }
        for row in 1...17 {
            #expect(!store.bytes(of: 0).elementsEqual(store.bytes(of: row)))
        }
        #expect(store.bytes(of: 0).elementsEqual(store.bytes(of: 18)))
    }

    @Test func `holds float24 as a plane of upper 16 bits before one of lower 8`() throws {
        let store = try VectorStore(dimension: 2, element: .float24, capacity: 1)
        let vector = [Float(bitPattern: 0x4012_3456), Float(bitPattern: 0xbf80_0180)]
        try vector.withUnsafeBufferPointer { try store.write($0, at: 0) }
        let bytes = Array(store.bytes(of: 0))
        #expect(bytes.count == 34)
        // 0x…56 is rounded down, and 0x…0180, between two, up to the even one.
        #expect(bytes.prefix(4) == [0x12, 0x40, 0x80, 0xbf])
        #expect(bytes[4..<32].allSatisfy { $0 == 0 })
        #expect(bytes.suffix(2) == [0x34, 0x02])
    }

    @Test func `is the same in a file, which has no name while it is used`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("left behind by an earlier process", to: "vectors")
        let store = try VectorStore(
            dimension: 17, element: .float32, capacity: 1 << 30, fileAt: path)
        #expect(!FileManager.default.fileExists(atPath: path))
        let first = store.row(0)
        // More than two steps of growing.
        for row in 0..<4_000 {
            let vector = [Float](repeating: Float(row), count: 17)
            try vector.withUnsafeBufferPointer { try store.write($0, at: row) }
        }
        #expect(store.row(0) == first)
        for row in 0..<4_000 {
            #expect(store.read(row) == [Float](repeating: Float(row), count: 17))
            #expect(store.bytes(of: row).count == 68)
        }
    }

    /// How many bytes a file system holds that refuses larger files at once, if there is one.
    private static let smallDisk: (path: String, byteCount: Int)? = {
        var facts = statvfs()
        guard statvfs("/dev/shm", &facts) == 0 else { return nil }
        let byteCount = Int(facts.f_blocks) * Int(facts.f_frsize)
        return (1..<1 << 42).contains(byteCount) ? ("/dev/shm", byteCount) : nil
    }()

    @Test(.enabled(if: smallDisk != nil, "there is no small file system"))
    func `says that the disk is full, and keeps what it has`() throws {
        let disk = try #require(Self.smallDisk)
        let path = "\(disk.path)/vectron-test-\(UUID().uuidString)"
        let store = try VectorStore(
            dimension: 16, element: .float32, capacity: disk.byteCount / 32, fileAt: path)
        func write(_ value: Float, at row: Int) throws {
            try [Float](repeating: value, count: 16).withUnsafeBufferPointer {
                try store.write($0, at: row)
            }
        }
        try write(1, at: 0)
        let error = #expect(throws: MemoryError.self) {
            try write(2, at: disk.byteCount / 64 + (1 << 20))
        }
        #expect(error?.errorNumber == ENOSPC && error?.path == path)
        try write(3, at: 1)
        #expect(store.read(0)[0] == 1 && store.read(1)[15] == 3)
    }

    @Test func `says which file cannot be made`() throws {
        let path = try TemporaryDirectory().appending("missing/vectors")
        let error = #expect(throws: MemoryError.self) {
            _ = try VectorStore(dimension: 2, element: .float32, capacity: 1, fileAt: path)
        }
        #expect(error?.path == path && error?.errorNumber == ENOENT)
    }

    @Test func `reserves address space without taking memory`() throws {
        // A hundred times what this machine has, most likely: only reserved.
        let store = try VectorStore(dimension: 65_536, element: .float32, capacity: 1 << 22)
        try [Float](repeating: 1, count: 65_536).withUnsafeBufferPointer {
            try store.write($0, at: 0)
        }
        #expect(store.read(0)[65_535] == 1)
    }

    @Test func `says so when the address space does not suffice`() {
        #expect(throws: MemoryError.self) {
            _ = try VectorStore(dimension: 65_536, element: .float32, capacity: 1 << 40)
        }
        #expect(throws: MemoryError.self) {
            _ = try VectorStore(dimension: 65_536, element: .uint8, capacity: .max)
        }
    }
}
