import Synchronization

/// A few threads that share one computation, step by step, with the thread that leads them.
///
/// ```
///  leader   ── step ─┬─ 0 3 4 ──┬─ alone ─┬─ …
///  thread 1          ├─ 1 5 … ──┤         ├─ …
///  thread 2          └─ 2 6 … ──┘         └─ …
/// ```
///
/// Who takes which item is a matter of chance; so a step whose result must not be leaves the result
/// of each item in a place of the item's own. The threads end when the team is gone.
///
/// Thread safety: one thread leads; it alone calls `forEach`.
package final class ThreadTeam {
    /// How many threads there are, the leader among them.
    package let memberCount: Int
    private let steps = BlockingQueue<Step>()
    private let endings = BlockingQueue<Void>()

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: What debuggers show; the system keeps 15 bytes of it.
    ///   - memberCount: How many, the leader among them: 1 or more.
    package init(name: String, memberCount: Int) {
        precondition(memberCount > 0, "a team of \(memberCount)")
        self.memberCount = memberCount
        for _ in 1..<memberCount {
            startThread(named: name) { [steps, endings] in
                while let step = steps.next() {
                    step.run()
                    endings.append(())
                }
            }
        }
    }

    deinit { steps.close() }

    /// Runs `body` once for each item of 0..<`itemCount`, and returns when all have ended.
    ///
    /// What the leader did before happens before the items, they before what it does next.
    ///
    /// - Parameter body: Is told which member runs it: no two run as one member at a time.
    package func forEach(
        _ itemCount: Int, _ body: @escaping @Sendable (_ member: Int, _ item: Int) -> Void
    ) {
        let items = Items(count: itemCount)
        let helperCount = min(memberCount, itemCount) - 1
        if helperCount > 0 {
            for member in 1...helperCount {
                steps.append(Step(member: member, items: items, body: body))
            }
        }
        Step(member: 0, items: items, body: body).run()
        for _ in 0..<max(helperCount, 0) { _ = endings.next() }
    }

    /// The items of a step that nobody has taken.
    private final class Items: Sendable {
        let count: Int
        private let taken = Atomic<Int>(0)

        init(count: Int) { self.count = count }

        func next() -> Int? {
            let item = taken.add(1, ordering: .relaxed).oldValue
            return item < count ? item : nil
        }
    }

    /// One member's part in a step.
    private struct Step: Sendable {
        let member: Int
        let items: Items
        let body: @Sendable (Int, Int) -> Void

        func run() {
            while let item = items.next() { body(member, item) }
        }
    }
}
