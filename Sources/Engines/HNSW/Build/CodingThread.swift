import Primitives
import Vectors

/// Codes rows on a thread of its own, while the thread that leads it reads the vectors of the next.
///
/// ```
///  reader  ── row 0 … 511 ──── row 512 … ──┬── finish
///  coder          └── codes of 0 … 511 ────┘
/// ```
///
/// Thread safety: one thread leads. It does not touch a row again that it has added before `finish()`.
final class CodingThread {
    private let batches = BlockingQueue<[Row]>()
    private let end = BlockingQueue<Void>()
    private var batch: [Row] = []
    private var isFinished = false

    /// So many rows are handed over at once: some milliseconds of work.
    private static let batchCount = 512

    /// Starts the thread.
    ///
    /// - Parameter codes: Has its centre, and room for all rows that will be added.
    init(codes: CodeStore, space: VectorSpace) {
        let (batches, end) = (batches, end)
        startThread(named: "coder") {
            let scratch = SearchScratch(space: space)
            let buffer = CodeQuery(for: codes)
            while let batch = batches.next() {
                for row in batch {
                    scratch.load(row: row)
                    codes.write(scratch.memory.query, as: Int(row), using: buffer)
                }
            }
            end.append(())
        }
    }

    deinit { finish() }

    /// Codes a row whose vector is stored, in time.
    func add(_ row: Row) {
        batch.append(row)
        if batch.count == Self.batchCount { flush() }
    }

    /// Waits until all rows that were added have their codes.
    func finish() {
        if isFinished { return }
        isFinished = true
        flush()
        batches.close()
        _ = end.next()
    }

    private func flush() {
        batches.append(batch)
        batch = []
    }
}
