import Gateway
import Primitives
import Protocols
import Testing

/// Servers of one kind behind a queue, in virtual time: `coreCount` requests proceed at once, and those
/// that run beyond that share the cores.
private struct Simulation {
    var queue: AdmissionQueue
    let coreCount = 4.0
    let work = 1.0  // milliseconds of a core
    var running: [(left: Double, begin: Double, arrival: Double)] = []
    var arrivals: [AdmissionQueue.Ticket: Double] = [:]
    var times: [Double] = []
    var doneCount = 0
    var refusedCount = 0
    private let start = ContinuousClock.now

    init(_ limits: AdmissionQueue.Limits) { queue = AdmissionQueue(limits) }

    func instant(_ now: Double) -> ContinuousClock.Instant {
        start.advanced(by: .microseconds(Int64(now * 1_000)))
    }

    mutating func apply(_ outcomes: [AdmissionQueue.Outcome], _ now: Double) {
        for outcome in outcomes {
            switch outcome {
            case .run(let ticket):
                running.append((work, now, arrivals.removeValue(forKey: ticket) ?? now))
            case .refuse(let ticket, _):
                arrivals[ticket] = nil
                refusedCount += 1
            }
        }
    }

    /// Runs for a while at a rate of requests each millisecond.
    mutating func run(rate: Double, milliseconds: Double, from begin: Double, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let step = 0.05
        var now = begin
        while now < begin + milliseconds {
            now += step
            apply(queue.expire(at: instant(now)), now)
            if Double.random(in: 0..<1, using: &generator)
                < (rate * step).truncatingRemainder(dividingBy: 1)
            {
                arrive(now)
            }
            for _ in 0..<Int(rate * step) { arrive(now) }
            let share = min(1, coreCount / Double(max(1, running.count))) * step
            for index in running.indices { running[index].left -= share }
            for done in running.filter({ $0.left <= 0 }) {
                doneCount += 1
                times.append(now - done.arrival)
                apply(
                    queue.end(
                        after: .microseconds(Int64((now - done.begin) * 1_000)), at: instant(now)),
                    now)
            }
            running.removeAll { $0.left <= 0 }
        }
    }

    private mutating func arrive(_ now: Double) {
        switch queue.arrive(deadline: nil, at: instant(now)) {
        case .run: running.append((work, now, now))
        case .wait(let ticket): arrivals[ticket] = now
        case .refuse: refusedCount += 1
        }
    }

    func percentile99() -> Double { times.sorted()[times.count * 99 / 100] }
}

@Suite struct `Admission` {
    @Test func `keeps goodput and times under ten times the load`() {
        var limits = AdmissionQueue.Limits()
        limits.maxWait = .milliseconds(5)
        var simulation = Simulation(limits)
        // Four cores, a millisecond each: 4 requests a millisecond at best.
        simulation.run(rate: 3.2, milliseconds: 3_000, from: 0, seed: 1)
        let unloaded = simulation.percentile99()
        #expect(simulation.refusedCount < 100)
        (simulation.times, simulation.doneCount, simulation.refusedCount) = ([], 0, 0)
        simulation.run(rate: 40, milliseconds: 3_000, from: 3_000, seed: 2)
        #expect(Double(simulation.doneCount) >= 0.9 * 4 * 3_000, "\(simulation.doneCount) done")
        #expect(
            simulation.percentile99() <= 3 * max(unloaded, 4),
            "\(simulation.percentile99()) after \(unloaded) ms, \(simulation.queue.concurrency) at once"
        )
        #expect(simulation.queue.waitingCount <= limits.queueLength)
    }

    @Test func `refuses who would wait past its deadline`() {
        var limits = AdmissionQueue.Limits()
        limits.concurrency = 1...1
        var queue = AdmissionQueue(limits)
        let now = ContinuousClock.now
        #expect(queue.arrive(deadline: nil, at: now) == .run)
        guard case .wait(let first) = queue.arrive(deadline: nil, at: now),
            case .refuse(let retryAfter) = queue.arrive(deadline: now, at: now)
        else { return #expect(Bool(false), "nobody waits, or whoever must not") }
        #expect(retryAfter >= .seconds(1))
        let late = now.advanced(by: limits.maxWait)
        #expect(queue.end(after: nil, at: late) == [.refuse(first, retryAfter: .seconds(1))])
        #expect(queue.runningCount == 0)
    }

    @Test func `runs those who wait in their order, and lets them go`() {
        var limits = AdmissionQueue.Limits()
        limits.concurrency = 1...1
        var queue = AdmissionQueue(limits)
        let now = ContinuousClock.now
        var tickets: [AdmissionQueue.Ticket] = []
        for _ in 0..<4 {
            if case .wait(let ticket) = queue.arrive(deadline: nil, at: now) {
                tickets.append(ticket)
            }
        }
        #expect(tickets.count == 3)
        let (left, leftAgain) = (queue.leave(tickets[0]), queue.leave(tickets[0]))
        #expect(left && !leftAgain)
        #expect(queue.end(after: nil, at: now) == [.run(tickets[1])])
        #expect(queue.end(after: nil, at: now) == [.run(tickets[2])])
        #expect(queue.end(after: nil, at: now) == [])
        #expect(queue.arrive(deadline: nil, at: now) == .run)
    }

    @Test func `lets many tasks pass a gate a few at a time`() async throws {
        var limits = AdmissionQueue.Limits()
        limits.concurrency = 3...3
        limits.maxWait = .seconds(30)
        let gate = AdmissionGate(limits)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    try await gate.run(isTypical: true) {
                        await Task.yield()
                        return gate.usage.running
                    }
                }
            }
            for try await running in group { #expect(running <= 3) }
        }
        #expect(gate.usage.running == 0 && gate.usage.waiting == 0)
    }

    @Test func `lets go of who does not want to wait any more`() async throws {
        var limits = AdmissionQueue.Limits()
        limits.concurrency = 1...1
        limits.maxWait = .seconds(30)
        let gate = AdmissionGate(limits)
        try await gate.run(isTypical: false) {
            let waiting = Task { try await gate.run(isTypical: false) {} }
            while gate.usage.waiting == 0 { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
        #expect(gate.usage.running == 0)
        try await gate.run(isTypical: false) {}
    }
}
