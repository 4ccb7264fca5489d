import PlacementDriver
import Primitives
import Protocols
package import Raft
import Storage
import Worker

extension AppliedState {
    /// The state as the bytes of a snapshot; where it stands travels beside them.
    package var snapshot: [UInt8] {
        var bytes = Bytes()
        let sessions = PlantedFault.sessionsNotInSnapshot.isActive ? [] : sessions
        bytes.append(UInt64(sessions.count))
        for session in sessions {
            bytes.append(session.client)
            bytes.append(session.number)
            bytes.append(session.result)
        }
        switch machine {
        case .shard(let shard):
            bytes.append(1)
            bytes.append(shard.machine.state.appliedIndex)
            bytes.append(UInt64(shard.machine.state.nextRow))
            for point in shard.points {
                bytes.append(point.key)
                bytes.append(point.value)
                bytes.append(UInt64(point.row))
            }
        case .catalog(let catalog):
            bytes.append(2)
            bytes.append(catalog.bytes)
        }
        return bytes.bytes
    }

    /// The state that a snapshot holds.
    ///
    /// - Parameter old: What was there before and is gone now.
    package init(base: LogBase, snapshot: [UInt8], replacing old: AppliedState) {
        self.base = base
        var reader = Bytes(snapshot)
        sessions = (0..<reader.word()).map { _ in
            Session(client: reader.word(), number: reader.word(), result: reader.word())
        }
        if reader.word() == 2 {
            do {
                machine = .catalog(try Catalog(bytes: reader.part()))
            } catch {
                preconditionFailure("a catalog that is none: \(error)")
            }
            return
        }
        let state = ShardState(appliedIndex: reader.word(), nextRow: UInt32(reader.word()))
        var points: [Point] = []
        while !reader.isAtEnd {
            points.append(
                Point(key: reader.word(), value: reader.word(), row: UInt32(reader.word())))
        }
        if PlantedFault.deleteLostInSnapshot.isActive, case .shard(let shard) = old.machine {
            points += shard.points.filter { point in !points.contains { $0.key == point.key } }
            points.sort { $0.key < $1.key }
        }
        let rows = Dictionary(
            points.map { (PointID.number($0.key), $0.row) }, uniquingKeysWith: { first, _ in first })
        machine = .shard(
            Shard(machine: ShardStateMachine(state: state, rows: rows), points: points))
    }
}
