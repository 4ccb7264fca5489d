/// Finds out whether a history is linearizable: whether each operation can have happened at one
/// instant between being asked and being answered.
///
/// Tries the orders depth first and remembers which sets of operations with which state lead
/// nowhere. An operation of unknown outcome may take any place after it was asked, or none.
///
/// *Source*: Wing and Gong 1993, *Testing and verifying concurrent objects*; Lowe 2017, *Testing
/// for linearizability*, which adds the memory. Differs from both: operations of unknown outcome
/// need no place.
///
/// - Complexity: in the worst case exponential in the number of operations that overlap, which is
///   why `maxTryCount` bounds it; near linear for histories of few callers.
public struct Checker<Model: SequentialModel> {
    private typealias Input = Model.Input
    private typealias Output = Model.Output

    private let model: Model
    private let maxTryCount: Int

    /// A checker that gives up after so many tries.
    public init(_ model: Model, maxTryCount: Int = 4_000_000) {
        self.model = model
        self.maxTryCount = maxTryCount
    }

    /// Judges the operations of one object.
    public func check(_ operations: [Operation<Model.Input, Model.Output>]) -> Verdict<Model.State>
    {
        var search = Search(model, model.withoutUnnoticed(operations))
        return search.run(maxTryCount: maxTryCount)
    }
}

extension Checker {
    /// One run of the search: a list of calls and answers by time, from which operations are
    /// lifted as they get their place.
    private struct Search {
        /// A call or an answer in the list.
        struct Event {
            var operation: Int
            var isCall: Bool
            var previous: Int
            var next: Int
        }

        /// An operation that has its place, and what was there before it.
        struct Step {
            var event: Int
            var state: Model.State
        }

        struct Tried: Hashable {
            var linearised: Linearised.Key
            var state: Model.State
        }

        let model: Model
        let operations: [Operation<Input, Output>]
        /// The number of each operation among those of its kind; see ``Linearised``.
        var numbers: [Int]
        /// Of operations of unknown outcome: the last one before them that asks the same.
        var earlierTwins: [Int?]
        /// Of operations of unknown outcome: whether they have their place.
        var hasPlace: [Bool]
        /// The events by time; 0 stands before the first and ends the list.
        var events: [Event]
        var answerEvents: [Int]
        var linearised: Linearised
        var state: Model.State
        var steps: [Step] = []
        var tried: Set<Tried> = []
        /// The answer that no order has got behind yet: the latest one.
        var barrier = 0
        var statesAtBarrier: [Model.State] = []

        init(_ model: Model, _ operations: [Operation<Input, Output>]) {
            self.model = model
            self.operations = operations
            state = model.initialState
            var moments: [(time: Int64, isAnswer: Bool, operation: Int)] = []
            for (index, operation) in operations.enumerated() {
                moments.append((operation.start, false, index))
                if operation.output != nil { moments.append((operation.end, true, index)) }
            }
            // At one instant calls come before answers: such operations overlap.
            moments.sort {
                ($0.time, $0.isAnswer ? 1 : 0, $0.operation)
                    < ($1.time, $1.isAnswer ? 1 : 0, $1.operation)
            }
            events = [Event(operation: -1, isCall: false, previous: 0, next: 0)]
            answerEvents = [Int](repeating: 0, count: operations.count)
            numbers = [Int](repeating: 0, count: operations.count)
            earlierTwins = [Int?](repeating: nil, count: operations.count)
            hasPlace = [Bool](repeating: false, count: operations.count)
            var lastTwins: [Input: Int] = [:]
            var knownCount = 0
            var unknownCount = 0
            for moment in moments {
                let index = events.count
                events.append(
                    Event(
                        operation: moment.operation, isCall: !moment.isAnswer, previous: index - 1,
                        next: 0))
                events[index - 1].next = index
                if moment.isAnswer {
                    answerEvents[moment.operation] = index
                } else if operations[moment.operation].output == nil {
                    let input = operations[moment.operation].input
                    earlierTwins[moment.operation] = lastTwins.updateValue(
                        moment.operation, forKey: input)
                    numbers[moment.operation] = unknownCount
                    unknownCount += 1
                } else {
                    numbers[moment.operation] = knownCount
                    knownCount += 1
                }
            }
            events[0].previous = events.count - 1
            linearised = Linearised(knownCount: knownCount, unknownCount: unknownCount)
        }

        mutating func run(maxTryCount: Int) -> Verdict<Model.State> {
            var left = operations.count { $0.output != nil }
            var event = events[0].next
            while left > 0 {
                if events[event].isCall {
                    if let next = stateAfter(event), isNew(event, next) {
                        guard tried.count <= maxTryCount else {
                            return .undecided(triedCount: tried.count)
                        }
                        if operations[events[event].operation].output != nil { left -= 1 }
                        steps.append(Step(event: event, state: state))
                        state = next
                        lift(event)
                        event = events[0].next
                    } else {
                        event = events[event].next
                    }
                } else {
                    noteBarrier(event)
                    guard let step = steps.popLast() else {
                        return .illegal(
                            Contradiction(
                                operation: operations[events[barrier].operation].id,
                                possibleStates: statesAtBarrier))
                    }
                    unlift(step.event)
                    if operations[events[step.event].operation].output != nil { left += 1 }
                    state = step.state
                    event = events[step.event].next
                }
            }
            return .legal
        }

        /// What an operation makes of the present state, if it can come next.
        ///
        /// One of unknown outcome comes only where it changes something, and after its equals: all
        /// else would be tried in vain.
        private func stateAfter(_ event: Int) -> Model.State? {
            let index = events[event].operation
            let operation = operations[index]
            guard operation.output == nil else {
                return model.next(after: state, operation.input, operation.output)
            }
            if let twin = earlierTwins[index], !hasPlace[twin] { return nil }
            guard let next = model.next(after: state, operation.input, nil), next != state else {
                return nil
            }
            return next
        }

        /// Gives the operation its place and says whether that has led nowhere before; takes the
        /// place back then.
        private mutating func isNew(_ event: Int, _ next: Model.State) -> Bool {
            insert(event)
            if tried.insert(Tried(linearised: linearised.key, state: next)).inserted { return true }
            remove(event)
            return false
        }

        private mutating func insert(_ event: Int) {
            let operation = events[event].operation
            if operations[operation].output == nil {
                linearised.insertUnknown(numbers[operation])
                hasPlace[operation] = true
            } else {
                linearised.insertKnown(numbers[operation])
            }
        }

        private mutating func remove(_ event: Int) {
            let operation = events[event].operation
            if operations[operation].output == nil {
                linearised.removeUnknown(numbers[operation])
                hasPlace[operation] = false
            } else {
                linearised.removeKnown(numbers[operation])
            }
        }

        /// Takes an operation out of the list.
        private mutating func lift(_ event: Int) {
            unlink(event)
            let operation = events[event].operation
            if operations[operation].output != nil { unlink(answerEvents[operation]) }
        }

        /// Puts it back; in the opposite order, so that its neighbours are there again.
        private mutating func unlift(_ event: Int) {
            let operation = events[event].operation
            if operations[operation].output != nil { link(answerEvents[operation]) }
            link(event)
            remove(event)
        }

        private mutating func unlink(_ event: Int) {
            events[events[event].previous].next = events[event].next
            events[events[event].next].previous = events[event].previous
        }

        private mutating func link(_ event: Int) {
            events[events[event].previous].next = event
            events[events[event].next].previous = event
        }

        /// Remembers how far the history could be explained.
        ///
        /// All that was answered before the latest barrier has a place in some order, and no order
        /// gives one to the operation that is answered at it.
        private mutating func noteBarrier(_ event: Int) {
            if event > barrier {
                barrier = event
                statesAtBarrier = []
            }
            if event == barrier, statesAtBarrier.count < Contradiction<Model.State>.maxStateCount,
                !statesAtBarrier.contains(state)
            {
                statesAtBarrier.append(state)
            }
        }
    }
}
