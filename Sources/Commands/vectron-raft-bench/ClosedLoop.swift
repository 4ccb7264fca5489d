import ArgumentParser
import Foundation

/// The options of every load.
struct LoadOptions: ParsableArguments {
    @Option(help: "How many clients: each waits for its answer before it asks again.")
    var clients = 16
    @Option(help: "Seconds before measuring begins.") var warm = 2.0
    @Option(help: "Seconds of measuring.") var seconds = 8.0
    @Option(help: "The bytes of a value.") var size = 1536
    @Option(help: "How many keys there are.") var keys = 100_000
    @Option(help: "How many milliseconds a request may take.") var opTimeout = 5_000
    @Option(help: "The processes whose time is counted, parted by commas.") var pids = ""
    @Option(help: "Where begin and end of each request are written, in unix nanoseconds.")
    var history: String?
}

/// Clients that ask, wait for the answer and ask again, and what they have seen.
struct ClosedLoop {
    let options: LoadOptions

    /// What one client has seen: of each answer when it was asked for and when it came.
    private struct Log {
        var answers: [(begin: ContinuousClock.Instant, end: ContinuousClock.Instant)] = []
        var errorCount = 0
        var lastError = ""
    }

    /// How long a client waits after an error.
    private static let pause = Duration.milliseconds(5)

    /// Lets the clients ask until the time is over.
    ///
    /// - Parameters:
    ///   - counters: Looked at when measuring begins and when it ends.
    ///   - request: One request of one client.
    /// - Returns: A row of results.
    func run(
        counters: @escaping @Sendable () async -> [String: Double],
        _ request: @escaping @Sendable (_ client: Int) async throws -> Void
    ) async throws -> [String: any Sendable] {
        let begin = ContinuousClock.now
        let unixBegin = Date().timeIntervalSince1970
        let measureBegin = begin.advanced(by: .seconds(options.warm))
        let end = measureBegin.advanced(by: .seconds(options.seconds))
        async let before = look(at: measureBegin, counters)
        async let after = look(at: end, counters)
        let logs = await withTaskGroup(of: Log.self) { group in
            for client in 0..<options.clients {
                group.addTask { await Self.ask(client, until: end, request) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let answers = logs.flatMap(\.answers).sorted { $0.end < $1.end }
        if let history = options.history {
            try write(answers.map { ($0.begin - begin, $0.end - begin) }, since: unixBegin, history)
        }
        let measured = answers.filter { $0.end >= measureBegin && $0.end <= end }
        var row = statistics(of: measured.map { ($0.end - $0.begin) / .milliseconds(1) })
        row["max_gap_ms"] =
            zip(measured, measured.dropFirst())
            .map { ($1.end - $0.end) / .milliseconds(1) }.max() ?? -1
        row["errs"] = logs.reduce(0) { $0 + $1.errorCount }
        row["last_err"] = logs.map(\.lastError).first { !$0.isEmpty } ?? ""
        let (first, last) = await (before, after)
        for (name, value) in last { row[name] = value - (first[name] ?? 0) }
        return row
    }

    private static func ask(
        _ client: Int, until end: ContinuousClock.Instant,
        _ request: @Sendable (Int) async throws -> Void
    ) async -> Log {
        var log = Log()
        while ContinuousClock.now < end {
            let begin = ContinuousClock.now
            do {
                try await request(client)
                log.answers.append((begin, .now))
            } catch {
                log.errorCount += 1
                log.lastError = "\(error)"
                try? await Task.sleep(for: pause)
            }
        }
        return log
    }

    private func look(
        at instant: ContinuousClock.Instant,
        _ counters: @Sendable () async -> [String: Double]
    ) async -> [String: Double] {
        try? await Task.sleep(until: instant, clock: .continuous)
        let milliseconds = processorMilliseconds()
        return await counters().merging(["cpu_ms": milliseconds]) { $1 }
    }

    private func statistics(of latencies: [Double]) -> [String: any Sendable] {
        let sorted = latencies.sorted()
        func quantile(_ share: Double) -> Double {
            sorted.isEmpty ? -1 : sorted[Int(share * Double(sorted.count - 1))]
        }
        return [
            "clients": options.clients, "ops": sorted.count,
            "ops_s": Double(sorted.count) / options.seconds, "p50_ms": quantile(0.5),
            "p99_ms": quantile(0.99), "p999_ms": quantile(0.999), "max_ms": quantile(1),
        ]
    }

    private func write(
        _ answers: [(Duration, Duration)], since unixBegin: Double, _ path: String
    ) throws {
        let base = Int64(unixBegin * 1e9)
        let lines = answers.map { begin, end in
            "\(base + Int64(begin / .nanoseconds(1))) \(base + Int64(end / .nanoseconds(1)))\n"
        }
        try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// What the processes have used so far; Linux counts hundredths of seconds.
    private func processorMilliseconds() -> Double {
        options.pids.split(separator: ",").reduce(0) { sum, pid in
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return sum }
            // Behind the name: the state is field 3, the times are fields 14 and 15.
            let fields = text[end...].split(separator: " ")
            return sum + 10 * ((Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0))
        }
    }
}

/// Prints a row as one line of JSON.
func printRow(_ row: [String: any Sendable]) throws {
    let bytes = try JSONSerialization.data(withJSONObject: row, options: .sortedKeys)
    print(String(decoding: bytes, as: UTF8.self))
}
