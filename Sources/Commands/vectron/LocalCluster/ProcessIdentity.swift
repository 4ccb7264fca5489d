import Foundation

/// One life of a process: its number alone may belong to another one later.
struct ProcessIdentity: Codable, Hashable {
    /// The process's number.
    let pid: Int32
    /// When it started, in clock ticks since boot, as the kernel counts them.
    let startTicks: UInt64
    /// Which boot that was.
    let boot: String

    /// The process that has this number now; nil if there is none, or it has ended and waits to be
    /// collected.
    init?(pid: Int32) {
        guard let fields = Self.status(of: pid), let boot = Self.bootID, fields.count > 19,
            fields[0] != "Z", fields[0] != "X", let startTicks = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.startTicks = startTicks
        self.boot = boot
    }

    /// The fields of the kernel's status after the program's name, the state first; nil if there is
    /// no such process.
    private static func status(of pid: Int32) -> [Substring]? {
        guard let stat = text("/proc/\(pid)/stat"),
            // The second field is the program's name, in parentheses, which may hold anything.
            let end = stat.lastIndex(of: ")")
        else { return nil }
        return stat[stat.index(after: end)...].split(separator: " ")
    }

    /// Whether this life goes on.
    var isRunning: Bool { ProcessIdentity(pid: pid) == self }

    /// Whether the process is stopped by a signal, until SIGCONT comes.
    var isPaused: Bool { Self.status(of: pid)?.first == "T" }

    /// Sends a signal, unless this life is over.
    func send(_ signal: Int32) {
        if isRunning { _ = kill(pid, signal) }
    }

    /// Waits until the life is over.
    ///
    /// - Returns: Whether it is.
    func waitForEnd(_ timeout: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        while isRunning {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    private static var bootID: String? {
        text("/proc/sys/kernel/random/boot_id")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func text(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)  // a process that is gone has no file
    }
}
