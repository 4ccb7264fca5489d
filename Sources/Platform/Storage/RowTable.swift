package import Protocols
import Synchronization

/// Which point each row of a shard holds, in memory: what turns the rows that a search found into
/// ids.
///
/// Thread safety: any thread may call anything; the lock is held for a few microseconds. Rows are in
/// chunks, so that growing never copies them all under the lock.
///
/// *Units*: 24 bytes a row, and the text of ids that are strings of more than 15 bytes.
package final class RowTable: Sendable {
    fileprivate struct Content {
        var chunks: [[PointID?]] = []
        var count = 0
    }

    fileprivate static let chunkRowCount = 4096
    private let content = Mutex(Content())

    /// An empty table.
    package init() {}

    /// How many rows hold a point.
    package var count: Int { content.withLock { $0.count } }

    /// Gives `id` a row, and takes the row that it had: no reader sees both or none.
    package func set(_ id: PointID, row: UInt32, replaced: UInt32?) {
        content.withLock { content in
            content.set(id, at: row)
            if let replaced { content.set(nil, at: replaced) }
        }
    }

    /// Takes the point from a row.
    package func remove(row: UInt32) { content.withLock { $0.set(nil, at: row) } }

    /// The points of these rows at one moment; nil where a row holds none (any more, or not yet).
    package func ids(ofRows rows: some Sequence<UInt32>) -> [PointID?] {
        content.withLock { content in rows.map { content.id(at: $0) } }
    }
}

extension RowTable.Content {
    fileprivate mutating func set(_ id: PointID?, at row: UInt32) {
        let (chunk, offset) = Int(row).quotientAndRemainder(dividingBy: RowTable.chunkRowCount)
        while chunks.count <= chunk {
            chunks.append([PointID?](repeating: nil, count: RowTable.chunkRowCount))
        }
        count += (id == nil ? 0 : 1) - (chunks[chunk][offset] == nil ? 0 : 1)
        chunks[chunk][offset] = id
    }

    fileprivate func id(at row: UInt32) -> PointID? {
        let (chunk, offset) = Int(row).quotientAndRemainder(dividingBy: RowTable.chunkRowCount)
        return chunk < chunks.count ? chunks[chunk][offset] : nil
    }
}
