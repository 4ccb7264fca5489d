import Actors
import Gateway
import Primitives
import Protocols
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A call of a shard` {
    @Test func `writes at the leader, which it remembers`() async throws {
        try await withFakeCluster { cluster async throws in
            cluster.shard.withState { $0.leader = "w3" }
            #expect(try await cluster.write(1).index == 1)
            let before = cluster.shard.calls.count
            #expect(try await cluster.write(2).index == 2)
            #expect(cluster.shard.calls[before...] == ["w3"])
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `asks the others when the hint is wrong`() async throws {
        try await withFakeCluster { cluster async throws in
            cluster.shard.withState { state in
                state.leader = "w3"
                state.hints = ["w1": "w2", "w2": "w1"]
            }
            #expect(try await cluster.write(1).index == 1)
        }
    }

    @Test func `waits for an election`() async throws {
        try await withFakeCluster { cluster async throws in
            cluster.shard.withState { $0.leader = nil }
            async let receipt = cluster.write(1)
            while cluster.shard.calls.count < 9 { await Task.yield() }
            cluster.shard.withState { $0.leader = "w2" }
            #expect(try await receipt.index == 1)
        }
    }

    @Test(arguments: [ServiceError.Code.unknownOutcome, .deadlineExceeded, .fenced])
    func `repeats a write of unknown outcome, which is done once`(
        code: ServiceError.Code
    ) async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.shard.fail("w1", .doesAndThrows(ServiceError(code, "")))
            #expect(try await cluster.write(2).index == 2)
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `does not wait for a leader that has stopped`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.shard.fail("w1", .doesAndIsSilent)
            async let receipt = cluster.write(2)
            while cluster.shard.log.count < 2 { await Task.yield() }
            cluster.shard.withState { $0.leader = "w2" }
            let begin = ContinuousClock.now
            #expect(try await receipt.index == 2)
            #expect(ContinuousClock.now - begin < .seconds(5))
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `goes on when the leader cannot be reached`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.network.partition(["w1"], from: ["gateway"])
            cluster.shard.withState { $0.leader = "w2" }
            #expect(try await cluster.write(2).index == 2)
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `does a write once under its caller's name, however often it is asked for`()
        async throws
    {
        try await withFakeCluster { cluster async throws in
            let session = try await cluster.session()
            let receipt = try await cluster.write(1, as: session, sequence: 1)
            #expect(try await cluster.write(1, as: session, sequence: 1) == receipt)
            cluster.shard.fail("w1", .doesAndThrows(ServiceError(.unknownOutcome, "")))
            _ = try await cluster.write(2, as: session, sequence: 2)
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `does not choose another name for a write that its caller has named`()
        async throws
    {
        try await withFakeCluster { cluster async throws in
            let session = try await cluster.session()
            cluster.shard.withState { $0.sessions = [] }
            for other in [
                session, CollectionSession(collection: 1, shards: []),
                CollectionSession(collection: 2, shards: session.shards),
            ] {
                let error = await #expect(throws: ServiceError.self) {
                    try await cluster.write(1, as: other, sequence: 1)
                }
                #expect(error?.code == .sessionExpired)
                #expect(error?.isRetryable == false)
            }
            #expect(cluster.shard.log == [])
        }
    }

    @Test func `opens another session when the shard has forgotten the old one`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.shard.withState { $0.sessions = [] }
            #expect(try await cluster.write(2).index == 2)
            #expect(cluster.shard.log == [.number(1), .number(2)])
        }
    }

    @Test func `does not guess whether a write was done that the shard has forgotten`()
        async throws
    {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.shard.fail(
                "w1", .doesAndThrows(ServiceError(.unknownOutcome, "")),
                .refuses(ServiceError(.sessionExpired, "")))
            for worker in ["w2", "w3"] {
                cluster.shard.fail(worker, .refuses(ServiceError(.sessionExpired, "")))
            }
            let error = await #expect(throws: ServiceError.self) { try await cluster.write(2) }
            #expect(error?.code == .unknownOutcome)
            #expect(error?.details["shard"] == "5")
            for worker in FakeCluster.workers {
                cluster.shard.withState { $0.faults[worker] = [] }
            }
            #expect(try await cluster.write(3).index == 3)
            #expect(cluster.shard.log == [.number(1), .number(2), .number(3)])
        }
    }

    @Test func `says that a write may have been done when its time is up`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            cluster.shard.fail("w1", .doesAndThrows(ServiceError(.unknownOutcome, "")))
            let error = await #expect(throws: ServiceError.self) {
                try await withDeadline(.milliseconds(300)) {
                    cluster.shard.withState { state in
                        state.hints = ["w1": "w2"]
                    }
                    async let receipt = cluster.write(2)
                    while cluster.shard.log.count < 2 { await Task.yield() }
                    cluster.shard.withState { $0.leader = nil }
                    _ = try await receipt
                }
            }
            // Unless the repetition came before the leader was gone, which the code cannot tell.
            #expect([.unknownOutcome, .deadlineExceeded].contains(error?.code))
            #expect(error?.isRetryable == false)
        }
    }

    @Test func `does not repeat what is refused`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.write(1)
            let before = cluster.shard.calls.count
            cluster.shard.fail("w1", .refuses(.invalidArgument("no")))
            let error = await #expect(throws: ServiceError.self) { try await cluster.write(2) }
            #expect(error?.code == .invalidArgument)
            #expect(cluster.shard.calls.count == before + 1)
        }
    }

    @Test func `acknowledges the results of writes that have ended, in any order`() async throws {
        try await withFakeCluster { cluster async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in UInt64(0)..<100 {
                    group.addTask { _ = try await cluster.write(number) }
                }
                try await group.waitForAll()
            }
            #expect(cluster.shard.log.count == 100)
            #expect(cluster.shard.withState { $0.sessions } == [1])
        }
    }

    @Test func `reads from all replicas in turn`() async throws {
        try await withFakeCluster { cluster async throws in
            for _ in 0..<6 { _ = try await cluster.read() }
            #expect(Set(cluster.shard.calls) == Set(FakeCluster.workers))
            #expect(cluster.shard.calls.count == 6)
        }
    }

    @Test(arguments: [ServiceError.Code.unavailable, .fenced, .corrupted])
    func `reads from another replica at once when one cannot answer`(
        code: ServiceError.Code
    ) async throws {
        try await withFakeCluster { cluster async throws in
            cluster.shard.fail("w1", .refuses(ServiceError(code, "")))
            cluster.shard.fail("w2", .refuses(ServiceError(code, "")))
            #expect(try await cluster.read() == 0)
        }
    }

    @Test func `reads from another replica when one does not answer, and avoids that one`()
        async throws
    {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.read()
            cluster.network.partition(["w2"], from: ["gateway"])
            let begin = ContinuousClock.now
            for _ in 0..<30 { #expect(try await cluster.read() == 0) }
            // One time-out of three seconds, not ten of them.
            #expect(ContinuousClock.now - begin < .seconds(6))
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A call of the placement drivers` {
    @Test func `follows the hint to the leader, and remembers it`() async throws {
        try await withFakeCluster { cluster async throws in
            cluster.placement.withState { $0.leader = "p3" }
            #expect(try await cluster.table.newest().epoch == 3)
            #expect(cluster.placement.withState { $0.calls } == ["p1", "p3"])
            _ = try await cluster.table.newest()
            #expect(cluster.placement.withState { $0.calls } == ["p1", "p3", "p3"])
        }
    }

    @Test func `waits for an election`() async throws {
        try await withFakeCluster { cluster async throws in
            cluster.placement.withState { $0.leader = nil }
            async let map = cluster.table.newest()
            while cluster.placement.withState({ $0.calls.count }) < 9 { await Task.yield() }
            cluster.placement.withState { $0.leader = "p2" }
            #expect(try await map.epoch == 3)
        }
    }

    @Test func `finds the leader when the one before cannot be reached`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.table.newest()
            cluster.network.partition(["p1"], from: ["gateway"])
            cluster.placement.withState { state in
                state.leader = "p3"
                state.map.epoch = 4
            }
            #expect(try await cluster.table.newest().epoch == 4)
        }
    }

    @Test func `never takes an older map for a newer one`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.table.newest()
            cluster.placement.withState { state in
                state.oldMaps["p2"] = state.map
                state.oldMaps["p3"] = state.map
                state.map.epoch = 8
            }
            for _ in 0..<6 {
                #expect(try await cluster.table.newer(patience: .seconds(5)).epoch == 8)
            }
            cluster.placement.withState { state in
                state.leader = "p2"
                state.oldMaps["p2"]?.epoch = 7
            }
            #expect(try await cluster.table.newest().epoch == 8)
        }
    }

    @Test func `takes a newer map from whoever has one, without a leader`() async throws {
        try await withFakeCluster { cluster async throws in
            _ = try await cluster.table.newest()
            cluster.placement.withState { state in
                state.leader = nil
                state.map.epoch = 5
            }
            #expect(try await cluster.table.newer(patience: .seconds(5)).epoch == 5)
        }
    }
}
