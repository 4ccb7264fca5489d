import Protocols
import Storage
import Testing
import Worker

@Suite struct `A shard state machine` {
    private var machine = ShardStateMachine()

    private func point(_ id: PointID, _ component: Float = 0) -> StoredPoint {
        StoredPoint(id: id, vector: [component], payload: [0x80])
    }

    private mutating func apply(_ command: ShardCommand) -> ShardChanges {
        var changes = ShardChanges(state: machine.state)
        let count = machine.apply(
            command, at: machine.state.appliedIndex + 1, adding: &changes)
        #expect(count == changes.changes.count)
        return changes
    }

    @Test mutating func `gives each upsert a row of its own`() {
        let changes = apply(.upsert([point(.number(1)), point(.number(2))]))
        #expect(
            changes.changes == [
                .insert(point(.number(1)), row: 0, replaced: nil),
                .insert(point(.number(2)), row: 1, replaced: nil),
            ])
        #expect(changes.state == ShardState.example(appliedIndex: 1, nextRow: 2))
    }

    @Test mutating func `names the row that an upsert replaces`() {
        _ = apply(.upsert([point(.number(1))]))
        #expect(
            apply(.upsert([point(.number(1), 2)])).changes
                == [.insert(point(.number(1), 2), row: 1, replaced: 0)])
        #expect(machine.pointCount == 1)
    }

    @Test mutating func `lets the later of two points with one id count`() {
        let changes = apply(
            .upsert([point(.number(1), 1), point(.number(2)), point(.number(1), 3)]))
        #expect(
            changes.changes == [
                .insert(point(.number(2)), row: 0, replaced: nil),
                .insert(point(.number(1), 3), row: 1, replaced: nil),
            ])
    }

    @Test mutating func `deletes what exists, once`() {
        _ = apply(.upsert([point(.string("a")), point(.string("b"))]))
        let changes = apply(.delete([.string("b"), .string("x"), .string("b")]))
        #expect(changes.changes == [.remove(.string("b"), row: 1)])
        #expect(machine.pointCount == 1)
    }

    @Test mutating func `never uses a row again`() {
        _ = apply(.upsert([point(.number(1))]))
        _ = apply(.delete([.number(1)]))
        let changes = apply(.upsert([point(.number(1))]))
        #expect(changes.changes == [.insert(point(.number(1)), row: 1, replaced: nil)])
    }

    @Test mutating func `moves on with a command that changes nothing`() {
        let changes = apply(.delete([.number(1)]))
        #expect(changes.changes == [])
        #expect(changes.state == ShardState.example(appliedIndex: 1, nextRow: 0))
    }

    @Test func `makes the same changes of the same commands`() {
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
        func run() -> [ShardChanges] {
            var machine = ShardStateMachine()
            return commands.enumerated().map { index, command in
                var changes = ShardChanges(state: machine.state)
                _ = machine.apply(command, at: UInt64(index + 1), adding: &changes)
                return changes
            }
        }
        #expect(run() == run())
    }
}
