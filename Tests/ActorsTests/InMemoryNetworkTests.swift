import Actors
import Distributed
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct `An in-memory network` {
    @Test func `keeps the order of a link whatever the delays are`() async throws {
        try await withDesk(.memory, .routes) { desk, _, _, cluster async throws in
            cluster.network.faults.delay = .zero ... .milliseconds(3)
            for number in 0..<50 { try await desk.note("\(number)") }
            #expect(try await desk.notes() == (0..<50).map { "\($0)" })
        }
    }

    @Test func `that drops everything lets calls end by their deadline`() async throws {
        try await withDesk { desk, _, _, cluster async throws in
            _ = try await desk.greet("x")
            cluster.network.faults.drop = 1
            let error = try await failure {
                try await withDeadline(.milliseconds(100)) { try await desk.greet("x") }
            }
            #expect(error.outcome == .unknown)
        }
    }

    @Test func `that drops some messages lets repeated calls through`() async throws {
        try await withDesk { desk, _, _, cluster async throws in
            cluster.network.faults.drop = 0.3
            for number in 0..<20 {
                try await eventually("call \(number)") {
                    let answer = try? await withDeadline(.milliseconds(50)) {
                        try await desk.greet("\(number)")
                    }
                    return answer == "Hello, \(number)!"
                }
            }
        }
    }

    @Test func `that doubles and reorders messages answers each call once`() async throws {
        try await withDesk { desk, caller, _, cluster async throws in
            _ = try await desk.greet("x")
            cluster.network.faults.duplicate = 0.5
            cluster.network.faults.reorder = 0.5
            cluster.network.faults.delay = .zero ... .milliseconds(2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask { () async throws in
                        #expect(try await desk.greet("\(number)") == "Hello, \(number)!")
                    }
                }
                try await group.waitForAll()
            }
            #expect(caller.pendingCallCount == 0)
        }
    }

    @Test func `may be cut in one direction`() async throws {
        try await withDesk { desk, _, _, cluster async throws in
            try await desk.note("before")
            cluster.network.cut(from: "callee", to: "caller")
            let error = try await failure {
                try await withDeadline(.milliseconds(100)) { try await desk.note("heard") }
            }
            #expect(error.outcome == .unknown)
            cluster.network.heal()
            try await eventually("the note to be there") {
                (try? await desk.notes()) == ["before", "heard"]
            }
        }
    }
}
