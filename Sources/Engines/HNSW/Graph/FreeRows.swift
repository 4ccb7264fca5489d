/// The slots that later inserts use again, the lowest first; the writer's own.
///
/// A row that is retired waits until every reader that could know its number has ended. The
/// writer never waits with it: while readers linger, inserts take fresh slots.
struct FreeRows {
    /// Retired rows in the order of their epochs; those before `waitingStart` wait no more.
    private var waiting: [(row: Row, epoch: UInt64)] = []
    private var waitingStart = 0
    /// A binary heap, the lowest row first.
    private var ready: [Row] = []

    /// The slots that nobody uses, waiting or not.
    var count: Int { ready.count + waiting.count - waitingStart }

    /// Adds a row that nothing leads to any more.
    mutating func retire(_ row: Row, epoch: UInt64) { waiting.append((row, epoch)) }

    /// Adds a row that no reader knows.
    mutating func add(_ row: Row) {
        ready.append(row)
        var hole = ready.count - 1
        while hole > 0, ready[(hole - 1) / 2] > row {
            ready[hole] = ready[(hole - 1) / 2]
            hole = (hole - 1) / 2
        }
        ready[hole] = row
    }

    /// The lowest row that may be used.
    var first: Row? { ready.first }

    /// Takes the lowest row away.
    mutating func removeFirst() {
        guard let last = ready.popLast(), !ready.isEmpty else { return }
        var hole = 0
        while true {
            var child = hole * 2 + 1
            if child >= ready.count { break }
            if child + 1 < ready.count, ready[child + 1] < ready[child] { child += 1 }
            if last <= ready[child] { break }
            ready[hole] = ready[child]
            hole = child
        }
        ready[hole] = last
    }

    /// Makes usable what no reader can know any more, and tells `body` of each such row.
    mutating func reclaim(_ readers: ReadEpochs, _ body: (Row) -> Void) {
        if waitingStart == waiting.count { return }
        readers.advance()
        while waitingStart < waiting.count, readers.isPast(waiting[waitingStart].epoch) {
            let row = waiting[waitingStart].row
            waitingStart += 1
            body(row)
            add(row)
        }
        if waitingStart * 2 >= waiting.count {
            waiting.removeFirst(waitingStart)
            waitingStart = 0
        }
    }
}
