import Gateway
import Testing

@Suite struct `The board of groups` {
    private let now = ContinuousClock.now
    private let members = ["a", "b", "c"]
    private var board = GroupBoard<Int>()

    private func candidates(
        _ kind: RetryPolicy.Kind, tried: [String] = [], after: Duration = .zero
    ) -> [String] {
        board.candidates(among: members, of: 1, kind, tried: tried, at: now + after)
    }

    @Test func `begins with the preferred leader`() {
        #expect(candidates(.namedWrite) == ["a", "b", "c"])
        #expect(candidates(.leaderRead) == ["a", "b", "c"])
    }

    @Test mutating func `asks the leader first once it is known`() {
        board.note(leader: "c", of: 1)
        #expect(candidates(.namedWrite) == ["c", "a", "b"])
        #expect(candidates(.namedWrite, tried: ["c"]) == ["a", "b"])
        #expect(board.candidates(among: members, of: 2, .write, tried: [], at: now) == members)
        board.note(leader: "elsewhere", of: 1)
        #expect(candidates(.namedWrite) == ["a", "b", "c"])
    }

    @Test mutating func `lets reads take turns`() {
        var first: [String] = []
        for _ in 0..<6 {
            first.append(candidates(.read)[0])
            board.takeTurn()
        }
        #expect(first == ["a", "b", "c", "a", "b", "c"])
        #expect(candidates(.read, tried: ["a", "b", "c"]) == [])
    }

    @Test mutating func `avoids for a while who did not answer, even if it is said to lead`() {
        board.silent("b", at: now)
        board.note(leader: "b", of: 1)
        #expect(candidates(.namedWrite) == ["a", "c"])
        #expect(candidates(.namedWrite, tried: ["a", "c"]) == [])
        #expect(Set(candidates(.read)) == ["a", "c"])
        #expect(candidates(.namedWrite, after: .seconds(3)) == ["b", "a", "c"])
        board.answered("b")
        #expect(candidates(.namedWrite) == ["b", "a", "c"])
    }

    @Test mutating func `asks those that did not answer when there is nobody else`() {
        for member in members { board.silent(member, at: now) }
        #expect(candidates(.namedWrite) == ["a", "b", "c"])
        #expect(candidates(.namedWrite, tried: ["a"]) == ["b", "c"])
    }

    @Test mutating func `forgets groups that are gone`() {
        board.note(leader: "c", of: 1)
        board.keep([2])
        #expect(candidates(.namedWrite) == ["a", "b", "c"])
    }
}
