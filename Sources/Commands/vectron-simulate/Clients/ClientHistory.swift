import Linearizability
import Primitives
import Raft

/// What the clients saw, in the form in which it is judged.
package struct ClientHistory {
    private typealias Point = Register<UInt64>

    /// A register: a point, or a collection.
    private struct Place: Hashable, Comparable {
        var group: UInt64
        var key: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.group, left.key) < (right.group, right.key)
        }
    }

    private var registers: [(place: Place, operations: [Operation<Point.Input, Point.Output>])] = []
    private var sets: [[Operation<Membership.Input, Membership.Output>]] = []
    private var texts: [String] = []
    /// Whether nothing new begins and only the end state is read.
    package var isClosed = false
    /// The reads of the end state that are still to begin.
    var finalReads: [(group: GroupID, action: Action)] = []
    /// How many of them are not answered.
    package var openFinalReadCount = 0

    /// How many operations there are.
    package var count: Int { texts.count }
    /// How many of them nobody knows the outcome of.
    package private(set) var unknownCount = 0

    /// An operation is over.
    mutating func add(
        _ attempt: Client.Attempt, client: Int, result: UInt64??, end: Time, in world: World
    ) {
        if isClosed, attempt.isPatient { openFinalReadCount -= 1 }
        guard result != nil || !attempt.action.isRead else { return }
        if result == nil { unknownCount += 1 }
        let id = texts.count
        texts.append(
            """
            client \(client), group \(attempt.group): \(attempt.action) from \(attempt.start) to \
            \(end): \(result.map { $0.map(String.init) ?? "nothing" } ?? "unknown")
            """)
        let group = attempt.group.rawValue
        func add(_ key: UInt64, _ input: Point.Input, _ output: Point.Output?) {
            let place = Place(group: group, key: key)
            let operation = Operation(
                id: id, input: input, output: output, start: Int64(attempt.start), end: Int64(end))
            if let index = registers.firstIndex(where: { $0.place == place }) {
                registers[index].operations.append(operation)
            } else {
                registers.append((place, [operation]))
            }
        }
        func addToSet(_ input: Membership.Input, _ output: Membership.Output?) {
            while sets.count <= Int(group) { sets.append([]) }
            sets[Int(group)].append(
                Operation(
                    id: id, input: input, output: output, start: Int64(attempt.start),
                    end: Int64(end)))
        }
        let value = result.flatMap { $0 }
        switch attempt.action {
        case .put(let key, let value):
            add(key, .write(value), result == nil ? nil : .done)
            addToSet(.insert(Int(key)), result == nil ? nil : .done)
        case .remove(let key):
            add(key, .write(nil), result == nil ? nil : .done)
            addToSet(.remove(Int(key)), result == nil ? nil : .done)
        case .get(let key):
            add(key, .read, .value(value))
            addToSet(.contains(Int(key)), .isMember(value != nil))
        case .count: addToSet(.count, .count(Int(value ?? 0)))
        case .openSession, .initialize, .register: break
        // A collection is created where there is none, and deleted where there is one.
        case .create(let name): addChange(name, from: nil, to: 1)
        case .drop(let name): addChange(name, from: 1, to: nil)
        case .find(let name): add(name, .read, .value(value))
        }
        func addChange(_ name: UInt64, from old: UInt64?, to new: UInt64?) {
            // Refused for any of many reasons: as if it had not been asked.
            if value == CommandResult.refused { return }
            add(name, .compareAndSet(expected: old, new: new), value.map { _ in .done })
        }
    }

    /// The first thing that makes no sense, in words, or nil.
    func judge() -> String? {
        for (place, operations) in registers.sorted(by: { $0.place < $1.place }) {
            let verdict = Checker(Point()).check(operations)
            if let defect = words(for: verdict) {
                return "group \(place.group), key \(place.key): \(defect)"
            }
        }
        for (group, operations) in sets.enumerated() where !operations.isEmpty {
            if let defect = words(for: Checker(Membership()).check(operations)) {
                return "group \(group), all keys: \(defect)"
            }
        }
        return nil
    }

    /// A search that finds no end counts as a defect: nothing may pass unjudged.
    private func words<State>(for verdict: Verdict<State>) -> String? {
        switch verdict {
        case .legal: nil
        case .illegal(let contradiction):
            "\(texts[contradiction.operation]); possible was \(contradiction.possibleStates)"
        case .undecided(let triedCount): "undecided after \(triedCount) tries"
        }
    }
}
