internal import LevelDB
package import Protocols

extension ShardStore {
    /// How far the store is.
    package func state() throws(StorageError) -> ShardState {
        let database = database
        guard
            let bytes = try reading({ () throws(LevelDBError) in try database.get(Keyspace.state) })
        else { return ShardState() }
        guard let state = ShardState(bytes: bytes) else {
            throw corrupted("the state", "\(bytes.count) bytes that are none")
        }
        return state
    }

    /// Carries out all changes and moves the state, in one batch: all or nothing.
    ///
    /// A crash of the process loses nothing; one of the machine may lose the last batches since
    /// ``sync()``, never one from the middle.
    package func write(_ changes: ShardChanges) throws(StorageError) {
        var batch = WriteBatch()
        for change in changes.changes {
            switch change {
            case .insert(let point, let row, let hash, let replaced):
                if let replaced { forget(row: replaced, in: &batch) }
                insert(point, row: row, hash: hash, in: &batch)
            case .remove(let id, let row):
                forget(row: row, in: &batch)
                batch.delete(Keyspace.row(ofID: id.canonicalBytes))
            }
        }
        for change in changes.sessions { SessionTable.write(change, to: &batch) }
        batch.put(changes.state.bytes, for: Keyspace.state)
        try write(batch, .unsynced, as: .points)
    }

    private func insert(
        _ point: StoredPoint, row: UInt32, hash: UInt64, in batch: inout WriteBatch
    ) {
        let id = point.id.canonicalBytes
        var rowBytes: [UInt8] = []
        rowBytes.append(littleEndian: row)
        batch.put(rowBytes, for: Keyspace.row(ofID: id))
        var named: [UInt8] = []
        named.append(littleEndian: hash)
        batch.put(named + id, for: Keyspace.id(ofRow: row))
        batch.put(point.payload, for: Keyspace.payload(ofRow: row))
        point.vector.withUnsafeBytes { batch.put($0, for: Keyspace.vector(ofRow: row)) }
    }

    private func forget(row: UInt32, in batch: inout WriteBatch) {
        batch.delete(Keyspace.id(ofRow: row))
        batch.delete(Keyspace.payload(ofRow: row))
    }

    /// The points of these ids that exist, in the order of the ids, at one moment.
    ///
    /// - Parameter parts: What of them; without it, vector or payload are empty.
    package func points(
        _ ids: [PointID], parts: PointParts
    ) throws(StorageError) -> [StoredPoint] {
        let snapshot = database.snapshot()
        var points: [StoredPoint] = []
        for id in ids {
            let key = Keyspace.row(ofID: id.canonicalBytes)
            guard let bytes = try value(of: key, in: snapshot) else { continue }
            guard bytes.count == 4 else {
                throw corrupted("the row of point \(id)", "\(bytes.count) bytes instead of 4")
            }
            let row = bytes.littleEndian(at: 0, as: UInt32.self)
            points.append(try point(id, row: row, parts: parts, in: snapshot))
        }
        return points
    }

    /// A point whose row is known.
    func point(
        _ id: PointID, row: UInt32, parts: PointParts, in snapshot: Snapshot
    ) throws(StorageError) -> StoredPoint {
        var point = StoredPoint(id: id, vector: [], payload: [])
        if parts.contains(.vector) {
            guard let vector = try vector(ofRow: row, in: snapshot) else {
                throw corrupted("the vector of row \(row)", "it is missing")
            }
            point.vector = vector
        }
        if parts.contains(.payload) {
            guard let payload = try payload(ofRow: row, in: snapshot) else {
                throw corrupted("the payload of row \(row)", "it is missing")
            }
            point.payload = payload
        }
        return point
    }

    /// The payload of a row, or nil if its point was replaced or deleted.
    package func payload(ofRow row: UInt32) throws(StorageError) -> [UInt8]? {
        try payload(ofRow: row, in: nil)
    }

    /// The vector of a row, or nil if no slot of the graph needs it any more.
    package func vector(ofRow row: UInt32) throws(StorageError) -> [Float]? {
        try vector(ofRow: row, in: nil)
    }

    private func payload(
        ofRow row: UInt32, in snapshot: Snapshot?
    ) throws(StorageError) -> [UInt8]? {
        try value(of: Keyspace.payload(ofRow: row), in: snapshot)
    }

    private func vector(
        ofRow row: UInt32, in snapshot: Snapshot?
    ) throws(StorageError) -> [Float]? {
        let (database, dimension) = (database, description.configuration.dimension)
        return try reading { () throws(LevelDBError) in
            try database.withValue(of: Keyspace.vector(ofRow: row), in: snapshot) { bytes in
                guard let bytes, bytes.count == dimension * MemoryLayout<Float>.size else {
                    return nil
                }
                return VectorBytes.vector(bytes)
            }
        }
    }

    private func value(of key: [UInt8], in snapshot: Snapshot?) throws(StorageError) -> [UInt8]? {
        let database = database
        return try reading { () throws(LevelDBError) in try database.get(key, in: snapshot) }
    }

    func corrupted(_ what: String, _ reason: String) -> StorageError {
        .corrupted(path: path, what: what, reason: reason)
    }
}
