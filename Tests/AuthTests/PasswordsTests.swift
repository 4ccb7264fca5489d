import Auth
import Protocols
import Testing

@Suite struct `A password` {
    private let passwords: Passwords

    init() throws { passwords = try Passwords(cost: .least) }

    @Test func `is known again, and no other is`() async throws {
        let hash = try await passwords.hash(Secret("correct horse battery"))
        #expect(hash.hasPrefix("$argon2id$v=19$"))
        #expect(
            try await passwords.check(Secret("correct horse battery"), against: hash)
                == .right(rehashed: nil))
        for wrong in ["correct horse batter", "", "correct horse battery\u{0}"] {
            #expect(try await passwords.check(Secret(wrong), against: hash) == .wrong)
        }
        #expect(try await passwords.check(Secret("correct horse battery"), against: nil) == .wrong)
        #expect(try await passwords.check(Secret("correct horse battery"), against: "x") == .wrong)
    }

    @Test func `is one however it is typed`() async throws {
        let hash = try await passwords.hash(Secret("cafe\u{301} au lait!"))
        #expect(
            try await passwords.check(Secret("caf\u{E9} au lait!"), against: hash)
                == .right(rehashed: nil))
    }

    @Test func `has twelve characters at least and a kibibyte at most`() async throws {
        for text in [
            "elevenchars", "", String(repeating: "a", count: 1_025),
            String(repeating: "a", count: 1 << 20), String(repeating: "e\u{301}", count: 11),
        ] {
            let error = await #expect(throws: ServiceError.self) {
                try await passwords.hash(Secret(text))
            }
            #expect(error?.code == .invalidArgument)
            #expect(text.isEmpty || error?.message.contains(text) == false)
        }
        _ = try await passwords.hash(Secret(String(repeating: "a", count: 1_024)))
        let long = Secret(String(repeating: "a", count: 1 << 20))
        #expect(try await passwords.check(long, against: nil) == .wrong)
    }

    @Test func `is hashed anew when the parameters have changed`() async throws {
        let hash = try await passwords.hash(Secret("correct horse battery"))
        let dearer = try Passwords(cost: .init(passCount: 2, memoryByteCount: 16_384))
        let verdict = try await dearer.check(Secret("correct horse battery"), against: hash)
        guard case .right(let rehashed?) = verdict else {
            Issue.record("not hashed anew")
            return
        }
        #expect(
            try await dearer.check(Secret("correct horse battery"), against: rehashed)
                == .right(rehashed: nil))
        #expect(try await dearer.check(Secret("wrong horse battery"), against: hash) == .wrong)
    }

    @Test func `waits for two threads in a queue that has an end`() async throws {
        // Slow enough that all come while the first are under way.
        let slow = try Passwords(cost: .init(passCount: 3, memoryByteCount: 32 << 20))
        let outcomes = await withTaskGroup(of: ServiceError.Code?.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        #expect(try await slow.check(Secret("x"), against: nil) == .wrong)
                        return nil
                    } catch {
                        return (error as? ServiceError)?.code ?? .internal
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } >= Passwords.maxWaitingCount)
        #expect(outcomes.count { $0 == .overloaded } > 0)
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
    }

    @Test func `is what libsodium advises where somebody waits`() {
        #expect(Passwords.Cost.interactive == .init(passCount: 2, memoryByteCount: 64 << 20))
    }
}

@Suite struct `The login throttle` {
    private let start = ContinuousClock.now

    @Test func `lets a name fail ten times, and then once in six seconds`() {
        var throttle = LoginThrottle()
        for _ in 0..<10 { #expect(throttle.begin("a", at: start) == nil) }
        #expect(throttle.begin("a", at: start) == .seconds(6))
        #expect(throttle.begin("b", at: start) == nil)
        #expect(throttle.begin("a", at: start.advanced(by: .seconds(6.1))) == nil)
        #expect(throttle.begin("a", at: start.advanced(by: .seconds(6.2))) != nil)
    }

    @Test func `does not count what succeeds`() {
        var throttle = LoginThrottle()
        for _ in 0..<100 {
            #expect(throttle.begin("a", at: start) == nil)
            throttle.giveBack("a")
        }
    }

    @Test func `keeps so many names and no more`() {
        var throttle = LoginThrottle()
        for _ in 0..<11 { _ = throttle.begin("guessed", at: start) }
        for number in 0..<2 * LoginThrottle.maxNameCount {
            _ = throttle.begin("name \(number)", at: start)
        }
        #expect(throttle.nameCount <= LoginThrottle.maxNameCount)
        #expect(throttle.begin("guessed", at: start) != nil)
    }
}
