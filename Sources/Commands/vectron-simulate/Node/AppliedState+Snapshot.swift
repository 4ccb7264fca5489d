import PlacementDriver
import Primitives
package import Raft
import Storage
import Worker

extension AppliedState {
    /// The state as the bytes of a snapshot; where it stands travels beside them.
    package var snapshot: [UInt8] {
        var writer = ByteWriter()
        switch machine {
        case .catalog(let catalog): writer.write(counted: catalog.bytes)
        case .shard(let shard):
            writer.write(shard.machine.state.nextRow)
            writer.write(shard.machine.state.hash)
            writer.write(count: shard.points.count)
            for point in shard.points {
                writer.write(point.key)
                writer.write(point.value)
                writer.write(point.row)
            }
            let isLeftOut = PlantedFault.sessionsNotInSnapshot.isActive
            let sessions = isLeftOut ? [] : shard.sessions
            writer.write(count: sessions.count)
            for session in sessions {
                writer.write(session.id)
                writer.write(session.lastUsed)
                writer.write(session.acknowledged)
            }
            let results = isLeftOut ? [] : shard.results
            writer.write(count: results.count)
            for result in results {
                writer.write(result.session)
                writer.write(result.sequence)
                writer.write(result.index)
                writer.write(result.count)
            }
        }
        return writer.bytes
    }

    /// The state that a snapshot holds.
    ///
    /// - Parameter old: What was there before and is gone now.
    package init(
        base: LogBase, snapshot: [UInt8], replacing old: AppliedState
    ) throws {
        self.base = base
        var reader = ByteReader(snapshot)
        guard case .shard(let oldShard) = old.machine else {
            machine = .catalog(try Catalog(bytes: reader.readCounted()))
            return
        }
        let state = ShardState(
            applied: base, nextRow: try reader.read(UInt32.self),
            hash: try reader.read(UInt64.self))
        var shard = Shard(machine: ShardStateMachine(state: state))
        for _ in 0..<(try reader.readCount(ofElementsOf: 20)) {
            shard.points.append(
                Point(
                    key: try reader.read(UInt64.self), value: try reader.read(UInt64.self),
                    row: try reader.read(UInt32.self)))
        }
        for _ in 0..<(try reader.readCount(ofElementsOf: 24)) {
            shard.sessions.append(
                Session(
                    id: try reader.read(UInt64.self), lastUsed: try reader.read(UInt64.self),
                    acknowledged: try reader.read(UInt64.self)))
        }
        for _ in 0..<(try reader.readCount(ofElementsOf: 32)) {
            shard.results.append(
                Result(
                    session: try reader.read(UInt64.self), sequence: try reader.read(UInt64.self),
                    index: try reader.read(UInt64.self), count: try reader.read(UInt64.self)))
        }
        try reader.finish()
        if PlantedFault.deleteLostInSnapshot.isActive {
            shard.points += oldShard.points.filter { point in
                !shard.points.contains { $0.key == point.key }
            }
            shard.points.sort { $0.key < $1.key }
        }
        shard.reopen(at: base)
        machine = .shard(shard)
    }
}
