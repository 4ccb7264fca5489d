import Linearizability
import Primitives
import Testing

@Suite struct `The checker accepts` {
    @Test func `nothing at all`() {
        #expect(history { _ in }.verdict.isLegal)
    }

    @Test func `reads of what was written`() {
        let history = history {
            $0.read(nil, 0...1)
            $0.write(1, 2...3)
            $0.read(1, 4...5)
            $0.write(nil, 6...7)
            $0.read(nil, 8...9)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `either value while a write is under way`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(2, 2...9)
            $0.read(1, 3...4)
            $0.read(2, 5...6)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `two writes at once in the order that a reader saw`() {
        let history = history {
            $0.write(1, 0...9)
            $0.write(2, 0...9)
            $0.read(2, 10...11)
            $0.read(2, 12...13)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `operations that touch at one instant in any order`() {
        let history = history {
            $0.write(1, 0...5)
            $0.read(nil, 5...6)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `a write of unknown outcome that happens much later`() {
        let history = history {
            $0.maybeWrite(1, from: 0)
            $0.write(2, 1...2)
            $0.read(2, 3...4)
            $0.read(1, 5...6)
            $0.read(1, 7...8)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `a write of unknown outcome that never happens`() {
        let history = history {
            $0.write(1, 0...1)
            $0.maybeWrite(nil, from: 2)
            $0.read(1, 3...4)
            $0.read(1, 500...501)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `compare and set, once each`() {
        let history = history {
            $0.replace(nil, 1, 0...5)
            $0.failToReplace(nil, 2...7)
            $0.replace(1, 2, 6...8)
            $0.maybeReplace(2, 3, from: 9)
            $0.read(3, 20...21)
        }
        #expect(history.verdict.isLegal)
    }

    @Test func `many callers at once`() {
        // Each of 40 rounds: eight writers and a reader that saw one of them, all overlapping.
        let history = history { history in
            for round in 0..<40 {
                let start = Int64(round) * 100
                for writer in 0..<8 {
                    history.write(round * 8 + writer, start + Int64(writer)...start + 50)
                }
                history.read(round * 8 + round % 8, start + 60...start + 70)
            }
        }
        #expect(history.verdict.isLegal)
    }
}

@Suite struct `The checker rejects` {
    @Test func `a stale read`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(2, 2...3)
            $0.read(1, 4...5)
        }
        #expect(history.offender == 2)
    }

    @Test func `a lost write`() {
        let history = history {
            $0.write(1, 0...1)
            $0.read(nil, 2...3)
        }
        #expect(history.offender == 1)
    }

    @Test func `a write that is lost after it was seen`() {
        let history = history {
            $0.maybeWrite(1, from: 0)
            $0.read(1, 1...2)
            $0.read(nil, 3...4)
        }
        #expect(history.offender == 2)
    }

    @Test func `a delete that is undone`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(nil, 2...3)
            $0.read(nil, 4...5)
            $0.read(1, 6...7)
        }
        #expect(history.offender == 3)
    }

    @Test func `a read from the future`() {
        let history = history {
            $0.read(1, 0...1)
            $0.write(1, 2...3)
        }
        #expect(history.offender == 0)
    }

    @Test func `a value that nobody wrote`() {
        let history = history {
            $0.write(1, 0...1)
            $0.read(7, 2...3)
        }
        #expect(history.offender == 1)
    }

    @Test func `two that replace the same value`() {
        let history = history {
            $0.write(1, 0...1)
            $0.replace(1, 2, 2...9)
            $0.replace(1, 3, 2...8)
        }
        #expect(history.offender == 1)
    }

    @Test func `a replacement of what was gone`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(2, 2...3)
            $0.replace(1, 5, 4...5)
        }
        #expect(history.offender == 2)
    }

    @Test func `a failed replacement of what was there`() {
        let history = history {
            $0.write(1, 0...1)
            $0.failToReplace(1, 2...3)
        }
        #expect(history.offender == 1)
    }

    @Test func `reads that go back while a write is under way`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(2, 2...20)
            $0.read(2, 3...4)
            $0.read(1, 5...6)
        }
        #expect(history.offender == 3)
    }

    @Test func `two readers that saw two writes in both orders`() {
        let history = history {
            $0.write(1, 0...9)
            $0.write(2, 0...9)
            $0.read(1, 10...11)
            $0.read(2, 12...13)
        }
        #expect(history.offender == 3)
    }

    @Test func `a write that happened twice`() {
        let history = history {
            $0.maybeWrite(1, from: 0)
            $0.read(1, 1...2)
            $0.write(2, 3...4)
            $0.read(2, 5...6)
            $0.read(1, 7...8)
        }
        #expect(history.offender == 4)
    }

    @Test func `an uncertain write before it was asked`() {
        let history = history {
            $0.read(1, 0...1)
            $0.maybeWrite(1, from: 2)
        }
        #expect(history.offender == 0)
    }

    @Test func `an uncertain replacement that cannot have been`() {
        let history = history {
            $0.write(1, 0...1)
            $0.maybeReplace(9, 3, from: 2)
            $0.read(3, 4...5)
        }
        #expect(history.offender == 2)
    }

    @Test func `one wrong read among many callers, and names it`() {
        var forged = history { history in
            for round in 0..<40 {
                let start = Int64(round) * 100
                for writer in 0..<4 {
                    history.write(round * 4 + writer, start + Int64(writer)...start + 50)
                }
                history.read(round * 4 + round % 4, start + 60...start + 70)
            }
        }
        forged.read(3, 2_071...2_072)
        forged.read(160 - 1, 99_000...99_001)
        #expect(forged.offender == 200)
    }

    @Test func `with the states that could have been`() {
        let history = history {
            $0.write(1, 0...1)
            $0.write(2, 2...20)
            $0.read(7, 3...4)
        }
        guard case .illegal(let contradiction) = history.verdict else {
            Issue.record("it was accepted")
            return
        }
        #expect(contradiction.operation == 2)
        #expect(Set(contradiction.possibleStates) == [1, 2])
    }
}

@Suite struct `The checker` {
    @Test func `agrees with trying every order`() {
        var random = SeededGenerator(seed: 7)
        var legalCount = 0
        for _ in 0..<3_000 {
            let history = randomHistory(using: &random)
            let expected = canBeOrdered(history.operations)
            #expect(history.verdict.isLegal == expected, "\(history.operations)")
            legalCount += expected ? 1 : 0
        }
        #expect((300...2_700).contains(legalCount), "both kinds must occur: \(legalCount)")
    }

    private func randomHistory(using random: inout SeededGenerator) -> History {
        var history = History()
        for _ in 0..<Int.random(in: 2...6, using: &random) {
            let start = Int64.random(in: 0..<12, using: &random)
            let time = start...start + Int64.random(in: 0..<8, using: &random)
            func value() -> Int? { [nil, 1, 2][Int.random(in: 0..<3, using: &random)] }
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: history.write(value(), time)
            case 2, 3, 4: history.read(value(), time)
            case 5: history.replace(value(), value(), time)
            case 6: history.maybeWrite(value(), from: start)
            default: history.failToReplace(value(), time)
            }
        }
        return history
    }

    /// The definition of linearizability, word for word.
    private func canBeOrdered(
        _ operations: [Operation<Numbers.Input, Numbers.Output>], from state: Int? = nil
    ) -> Bool {
        if operations.allSatisfy({ $0.output == nil }) { return true }
        for (index, operation) in operations.enumerated() {
            let isFirst = operations.allSatisfy { $0.output == nil || operation.start <= $0.end }
            guard isFirst,
                let next = Numbers().next(after: state, operation.input, operation.output)
            else { continue }
            var rest = operations
            rest.remove(at: index)
            if canBeOrdered(rest, from: next) { return true }
        }
        return false
    }

    @Test func `gives up when there is too much to try`() {
        // Thirty writes at once and a read of none of them: every subset is another try.
        let history = history { history in
            for value in 0..<30 { history.write(value, 0...100) }
            history.read(99, 0...100)
        }
        let verdict = Checker(Numbers(), maxTryCount: 1_000).check(history.operations)
        #expect(verdict == .undecided(triedCount: 1_001))
    }

    @Test func `judges a hundred thousand operations in seconds`() {
        var random = SeededGenerator(seed: 3)
        let start = ContinuousClock.now
        for key in 0..<100 {
            var history = History()
            var value: Int?
            // Four callers each; what happens in the middle of an operation is what it tells.
            for step in 0..<1_000 {
                let middle = Int64(step) * 10
                let before = Int64.random(in: 0..<20, using: &random)
                let time = middle - before...middle + Int64.random(in: 0..<20, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5: history.read(value, time)
                case 5..<8:
                    value = step
                    history.write(value, time)
                case 8:
                    value = nil
                    history.write(nil, time)
                default: history.maybeWrite(-step, from: middle)
                }
            }
            #expect(history.verdict.isLegal, "key \(key)")
        }
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
