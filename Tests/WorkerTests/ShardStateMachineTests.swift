import Protocols
import Raft
import Storage
import Testing
import Worker

@Suite struct `A shard state machine` {
    private var machine = ShardStateMachine()

    private func point(_ id: PointID, _ component: Float = 0) -> StoredPoint {
        StoredPoint(id: id, vector: [component], payload: [0x80])
    }

    private mutating func apply(
        _ command: ShardCommand, as write: WriteID? = nil
    ) throws -> (changes: ShardChanges, result: ShardResult) {
        var changes = ShardChanges(state: machine.state)
        let index = machine.state.appliedIndex + 1
        let entry = Entry(
            term: 3, index: index, content: .command(ShardEntry(write: write, command).bytes))
        let result = try machine.apply(entry, adding: &changes)
        return (changes, result)
    }

    private func insert(
        _ point: StoredPoint, row: UInt32, replaced: UInt32? = nil
    ) -> ShardChanges.Change {
        .insert(point, row: row, hash: point.contentHash, replaced: replaced)
    }

    @Test mutating func `gives each upsert a row of its own`() throws {
        let changes = try apply(.upsert([point(.number(1)), point(.number(2))])).changes
        #expect(
            changes.changes == [
                insert(point(.number(1)), row: 0),
                insert(point(.number(2)), row: 1),
            ])
        #expect(
            changes.state
                == ShardState(
                    applied: .init(index: 1, term: 3, configuration: .empty), nextRow: 2,
                    hash: point(.number(1)).contentHash &+ point(.number(2)).contentHash))
    }

    @Test mutating func `names the row that an upsert replaces`() throws {
        _ = try apply(.upsert([point(.number(1))]))
        let changes = try apply(.upsert([point(.number(1), 2)])).changes
        #expect(changes.changes == [insert(point(.number(1), 2), row: 1, replaced: 0)])
        #expect(machine.pointCount == 1)
    }

    @Test mutating func `lets the later of two points with one id count`() throws {
        let changes = try apply(
            .upsert([point(.number(1), 1), point(.number(2)), point(.number(1), 3)])
        ).changes
        #expect(
            changes.changes == [
                insert(point(.number(2)), row: 0),
                insert(point(.number(1), 3), row: 1),
            ])
    }

    @Test mutating func `deletes what exists, once`() throws {
        _ = try apply(.upsert([point(.string("a")), point(.string("b"))]))
        let changes = try apply(.delete([.string("b"), .string("x"), .string("b")])).changes
        #expect(changes.changes == [.remove(.string("b"), row: 1)])
        #expect(machine.pointCount == 1)
    }

    @Test mutating func `never uses a row again`() throws {
        _ = try apply(.upsert([point(.number(1))]))
        _ = try apply(.delete([.number(1)]))
        let changes = try apply(.upsert([point(.number(1))])).changes
        #expect(changes.changes == [insert(point(.number(1)), row: 1)])
    }

    @Test mutating func `moves on with a command that changes nothing`() throws {
        let changes = try apply(.delete([.number(1)])).changes
        #expect(changes.changes == [])
        #expect(
            changes.state == ShardState(applied: .init(index: 1, term: 3, configuration: .empty)))
    }

    @Test mutating func `does a write of a session once, and answers it as often as it comes`()
        throws
    {
        guard case .session(let session) = try apply(.openSession).result else {
            Issue.record("no session")
            return
        }
        let write = WriteID(session: session, sequence: 1, acknowledged: 0)
        let first = try apply(.upsert([point(.number(1))]), as: write)
        _ = try apply(.delete([.number(1)]))
        let again = try apply(.upsert([point(.number(1))]), as: write)
        #expect(again.result == first.result)
        #expect(again.changes.changes == [])
        #expect(machine.pointCount == 0)
    }

    @Test mutating func `does no write of a session that it does not know, or that was answered`()
        throws
    {
        guard case .session(let session) = try apply(.openSession).result else {
            Issue.record("no session")
            return
        }
        let unknown = WriteID(session: session + 9, sequence: 1, acknowledged: 0)
        #expect(try apply(.upsert([point(.number(1))]), as: unknown).result == .expired)
        let second = WriteID(session: session, sequence: 2, acknowledged: 1)
        _ = try apply(.upsert([point(.number(2))]), as: second)
        let first = WriteID(session: session, sequence: 1, acknowledged: 0)
        #expect(try apply(.upsert([point(.number(3))]), as: first).result == .expired)
        #expect(machine.pointCount == 1)
    }

    @Test mutating func `sees that its state is not the leader's`() throws {
        _ = try apply(.upsert([point(.number(1))]))
        guard case .marked(let index, let hash) = try apply(.markHash).result else {
            Issue.record("no mark")
            return
        }
        _ = try apply(.upsert([point(.number(2))]))
        #expect(try apply(.compareHash(index: index, hash: hash)).result == .nothing)
        #expect(try apply(.compareHash(index: index, hash: hash &+ 1)).result == .diverged)
    }

    @Test mutating func `has the hash of its points, whatever their history`() throws {
        _ = try apply(.upsert([point(.number(1)), point(.number(2), 5)]))
        _ = try apply(.upsert([point(.number(1), 7)]))
        _ = try apply(.delete([.number(2)]))
        #expect(machine.state.hash == point(.number(1), 7).contentHash)
    }

    @Test(arguments: 0..<40) func `refuses an entry that was cut short`(byteCount: Int) throws {
        let entry = ShardEntry(
            write: WriteID(session: 1, sequence: 2, acknowledged: 1),
            .upsert([StoredPoint(id: .string("a"), vector: [1, 2], payload: [0x80])]))
        #expect(try ShardEntry(bytes: entry.bytes) == entry)
        #expect(throws: ByteError.self) {
            try ShardEntry(bytes: Array(entry.bytes.prefix(byteCount)))
        }
    }

    @Test func `makes the same changes of the same commands`() throws {
        var state: UInt64 = 1
        func draw(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let commands: [ShardCommand] = (0..<500).map { index in
            draw(3) == 0
                ? .delete([.number(draw(50)), .number(draw(50))])
                : .upsert((0..<draw(5)).map { _ in point(.number(draw(50)), Float(index)) })
        }
        func run() throws -> [ShardChanges] {
            var machine = ShardStateMachine()
            return try commands.enumerated().map { index, command in
                var changes = ShardChanges(state: machine.state)
                let bytes = ShardEntry(command).bytes
                _ = try machine.apply(
                    Entry(term: 1, index: UInt64(index + 1), content: .command(bytes)),
                    adding: &changes)
                return changes
            }
        }
        #expect(try run() == run())
    }
}
