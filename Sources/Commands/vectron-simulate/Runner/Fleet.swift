import Dispatch
import Foundation
import Primitives
import Synchronization

/// Processes that simulate seeds beside each other.
///
/// In processes rather than threads, because a wrong program traps: then one seed has failed, and
/// the others go on.
struct Fleet {
    let seeds: SeedRange
    let jobs: Int
    let fault: String?

    /// Runs the seeds and hands over the reports as they come, one at a time, until `body` says that
    /// it is enough.
    func run(_ body: @escaping @Sendable (SeedReport) -> Bool) {
        let goesOn = Mutex(true)
        let state = Box(goesOn)
        let group = DispatchGroup()
        for job in 0..<jobs where seeds.first + UInt64(job) <= seeds.last {
            group.enter()
            startThread(named: "fleet-\(job)") {
                let ship = Ship(
                    next: seeds.first + UInt64(job), last: seeds.last, stride: UInt64(jobs),
                    fault: fault)
                ship.sail { report in
                    state.mutex.withLock { goesOn in
                        // What others had begun when it was enough is not told.
                        if goesOn { goesOn = body(report) }
                        return goesOn
                    }
                }
                group.leave()
            }
        }
        group.wait()
    }

    /// So that threads can share it.
    private final class Box: Sendable {
        let mutex: Mutex<Bool>
        init(_ mutex: consuming Mutex<Bool>) { self.mutex = mutex }
    }
}

/// One process after the other: where one ends by a trap, the next goes on.
private final class Ship {
    private var next: UInt64
    private let last: UInt64
    private let stride: UInt64
    private let fault: String?

    init(next: UInt64, last: UInt64, stride: UInt64, fault: String?) {
        self.next = next
        self.last = last
        self.stride = stride
        self.fault = fault
    }

    func sail(_ take: (SeedReport) -> Bool) {
        while next <= last {
            let begun = next
            do {
                guard try sailOnce(take) else { return }
            } catch {
                _ = take(SeedReport(seed: next, failure: "no process can be started: \(error)"))
                return
            }
            precondition(next > begun, "a process ended before its first seed")
        }
    }

    /// Runs a process until it ends.
    ///
    /// - Returns: Whether to go on.
    private func sailOnce(_ take: (SeedReport) -> Bool) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["worker", "--first", "\(next)", "--last", "\(last)", "--stride", "\(stride)"]
            + (fault.map { ["--fault", $0] } ?? [])
        // A trap says what was wrong by itself; to find out where takes long, and is for --seed.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["SWIFT_BACKTRACE": "enable=no"], uniquingKeysWith: { $1 })
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        var lines = LineReader(pipe.fileHandleForReading)
        var lastWords = "the process ended"
        while let line = lines.next() {
            guard let report = SeedReport(line: line) else {
                if line.contains("Fatal error") || line.contains("Error:") { lastWords = line }
                continue
            }
            advance(behind: report.seed)
            guard take(report) else {
                process.terminate()
                process.waitUntilExit()
                return false
            }
        }
        process.waitUntilExit()
        guard next <= last else { return true }
        let seed = next
        advance(behind: seed)
        return take(SeedReport(seed: seed, failure: "trap: \(lastWords)"))
    }

    private func advance(behind seed: UInt64) {
        next = last - seed >= stride ? seed + stride : last + 1
    }
}

/// The lines of a pipe, as they come.
private struct LineReader {
    private let handle: FileHandle
    private var buffer = Data()

    init(_ handle: FileHandle) { self.handle = handle }

    /// The next line; nil at the end.
    mutating func next() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffer = Data(buffer[buffer.index(after: end)...]) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            let more = handle.availableData
            if more.isEmpty { return nil }
            buffer += more
        }
    }
}
