/// What was measured of a machine; what that means is ``diagnoses``.
public struct MachineFacts: Sendable, Hashable {
    /// How many files, connections among them, a process may have open; nil: as many as it likes.
    public var openFileLimit: Int?
    /// The directories that nodes keep their data in, one of each file system.
    public var disks: [Disk]
    /// How far the wall clock went, less how far the steady one did, while the machine was looked at.
    public var clockStep: Duration
    /// Which kernels of distances this processor runs; the last one is plain C.
    public var kernels: [String]

    /// A file system.
    public struct Disk: Sendable, Hashable {
        /// The directory that was looked at.
        public var path: String
        /// What is free for this user, in bytes.
        public var freeByteCount: Int
        /// What there is, in bytes.
        public var totalByteCount: Int
        /// How long writing a page and syncing it took, each time.
        public var syncTimes: [Duration]
        /// Why nothing can be written there; nil: it can.
        public var failure: String?

        /// Makes the facts of a disk.
        public init(
            path: String, freeByteCount: Int, totalByteCount: Int, syncTimes: [Duration],
            failure: String? = nil
        ) {
            self.path = path
            self.freeByteCount = freeByteCount
            self.totalByteCount = totalByteCount
            self.syncTimes = syncTimes
            self.failure = failure
        }
    }

    /// Makes facts.
    public init(
        openFileLimit: Int?, disks: [Disk], clockStep: Duration, kernels: [String]
    ) {
        self.openFileLimit = openFileLimit
        self.disks = disks
        self.clockStep = clockStep
        self.kernels = kernels
    }
}

// MARK: - What it means

extension MachineFacts {
    /// Fewer open files than this are too few for a node: each connection, LevelDB table and segment of
    /// the log is one, and REST takes 4,096 connections.
    private static let leastFileCount = 1_024
    /// So many are enough for everything that is bounded.
    private static let enoughFileCount = 16_384
    /// Less free space than this is soon gone: the log and its spare files, a table being compacted.
    private static let leastFreeByteCount = 1 << 30
    /// A sync that takes longer than this is felt in each write.
    private static let slowSync = Duration.milliseconds(20)
    /// A sync that takes longer than this makes leaders look dead.
    private static let deadSync = Duration.milliseconds(500)
    /// The wall clock may be slewed a little, but not be set.
    private static let largestStep = Duration.milliseconds(100)

    /// What is well and what is not.
    public var diagnoses: [Diagnosis] {
        [files] + disks.flatMap { Self.diagnoses(of: $0) } + [clock, processor]
    }

    private var files: Diagnosis {
        guard let count = openFileLimit else {
            return .ok("open files", "a process may have as many open as it likes")
        }
        let text = "a process may have \(count) open"
        let advice = "raise it for the nodes: ulimit -n 65536, or LimitNOFILE=65536 in systemd"
        if count < Self.leastFileCount { return .fail("open files", text, do: advice) }
        return count < Self.enoughFileCount
            ? .warn("open files", text, do: advice) : .ok("open files", text)
    }

    private static func diagnoses(of disk: Disk) -> [Diagnosis] {
        let (free, subject) = (disk.freeByteCount, "disk \(disk.path)")
        if let failure = disk.failure {
            return [
                .fail(
                    subject, "nothing can be written: \(failure)",
                    do: "let the user of the nodes write there, or set data.directory")
            ]
        }
        let percent = disk.totalByteCount > 0 ? free * 100 / disk.totalByteCount : 0
        let space = "\(ValueText.approximate(byteCount: free)) free, \(percent) %"
        let make = "make room, or move data.directory: writes stop when it is full"
        var found: [Diagnosis] =
            if free < leastFreeByteCount {
                [.fail(subject, space, do: make)]
            } else if percent < 10, free < 64 * leastFreeByteCount {
                [.warn(subject, space, do: make)]
            } else {
                [.ok(subject, space)]
            }
        let times = disk.syncTimes.sorted()
        guard let longest = times.last else { return found }
        let median = times[times.count / 2]
        let sync = "a sync takes \(text(median)), \(text(longest)) at worst of \(times.count)"
        let advice = "each write waits for one: use a local SSD, and no disk that others keep busy"
        found.append(
            median > deadSync
                ? .fail(subject, sync, do: advice)
                : median > slowSync ? .warn(subject, sync, do: advice) : .ok(subject, sync))
        return found
    }

    private var clock: Diagnosis {
        let magnitude = clockStep < .zero ? .zero - clockStep : clockStep
        guard magnitude > Self.largestStep else {
            return .ok("clock", "the wall clock was not set while it was looked at")
        }
        return .warn(
            "clock", "the wall clock went \(Self.text(clockStep)) off the steady one",
            do: "run one time service (chrony, systemd-timesyncd) that slews instead of setting")
    }

    private var processor: Diagnosis {
        let text =
            "distances are computed by \(kernels.joined(separator: ", ")), the first the best"
        return kernels.count > 1
            ? .ok("processor", text)
            : .warn(
                "processor", "distances are computed by plain C only",
                do: "searches are several times as fast with AVX2 and FMA, AVX-512 or NEON")
    }

    static func text(_ duration: Duration) -> String {
        let microseconds = Int(duration / .microseconds(1))
        return abs(microseconds) >= 10_000_000
            ? "\(microseconds / 1_000_000) s"
            : abs(microseconds) >= 10_000
                ? "\(microseconds / 1_000) ms" : "\(microseconds) µs"
    }
}

extension ValueText {
    /// A byte count for people, rounded down.
    static func approximate(byteCount: Int) -> String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where byteCount >= size {
            return "\(byteCount / size) \(unit)"
        }
        return "\(byteCount) B"
    }
}
