import Glibc
import Primitives
import Testing

@Suite struct `A thread pool` {
    @Test func `returns what the call returned`() async throws {
        let pool = ThreadPool(name: "pool", threadCount: 2)
        #expect(try await pool.run { 6 * 7 } == 42)
    }

    @Test func `throws what the call threw`() async throws {
        struct Oops: Error, Equatable {}
        let pool = ThreadPool(name: "pool", threadCount: 1)
        await #expect(throws: Oops()) { try await pool.run { throw Oops() } }
    }

    @Test func `runs as many calls at once as it has threads`() async throws {
        let pool = ThreadPool(name: "pool", threadCount: 2)
        var pipes: (Int32, Int32) = (0, 0)
        withUnsafeMutableBytes(of: &pipes) { _ = pipe($0.bindMemory(to: Int32.self).baseAddress!) }
        let (reading, writing) = pipes
        defer {
            close(reading)
            close(writing)
        }
        // The first call blocks until the second writes.
        async let byte = pool.run {
            var byte: UInt8 = 0
            read(reading, &byte, 1)
            return byte
        }
        _ = try await pool.run {
            withUnsafeBytes(of: UInt8(9)) { write(writing, $0.baseAddress!, 1) }
        }
        #expect(try await byte == 9)
    }

    @Test func `refuses a call when too many wait`() async throws {
        let pool = ThreadPool(name: "pool", threadCount: 1, maxWaitingCount: 0)
        await #expect(throws: ThreadPool.Full(waitingCount: 0)) { try await pool.run { 1 } }
    }
}
