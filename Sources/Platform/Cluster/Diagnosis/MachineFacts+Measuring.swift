import Foundation

extension MachineFacts {
    /// How often a page is synced: a second on a slow disk, a few milliseconds on others.
    private static let syncCount = 8
    /// When no more syncs are tried.
    private static let syncPatience = Duration.seconds(2)
    private static let pageByteCount = 4_096

    /// Looks at this machine; takes a second or two at most, and leaves nothing behind.
    ///
    /// - Parameters:
    ///   - directories: Where nodes keep their data; of one that is not there yet, the next above.
    ///   - kernels: Which kernels of distances the processor runs.
    public static func measured(directories: [String], kernels: [String]) -> MachineFacts {
        let (wall, steady) = (Date.now, ContinuousClock.now)
        let disks = disks(of: directories)
        let limits = FileManager.default.contents(atPath: "/proc/self/limits") ?? Data()
        let step =
            Duration.seconds(Date.now.timeIntervalSince(wall)) - steady.duration(to: .now)
        return MachineFacts(
            openFileLimit: openFileLimit(in: String(decoding: limits, as: UTF8.self)),
            disks: disks, clockStep: step, kernels: kernels)
    }

    /// The soft limit in the text of `/proc/PID/limits`.
    static func openFileLimit(in text: String) -> Int? {
        let name = "Max open files"
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        return line.dropFirst(name.count).split(separator: " ").first.flatMap { Int($0) }
    }

    private static func disks(of directories: [String]) -> [Disk] {
        var seen: Set<dev_t> = []
        return directories.compactMap { directory in
            let path = existing(directory)
            var status = stat()
            guard stat(path, &status) == 0 else {
                return Disk(
                    path: path, freeByteCount: 0, totalByteCount: 0, syncTimes: [],
                    failure: String(cString: strerror(errno)))
            }
            return seen.insert(status.st_dev).inserted ? disk(at: path) : nil
        }
    }

    /// The directory, or the next above it that is there.
    private static func existing(_ directory: String) -> String {
        var path = directory
        while path.count > 1, !FileManager.default.fileExists(atPath: path) {
            path = (path as NSString).deletingLastPathComponent
        }
        return path.isEmpty ? "." : path
    }

    private static func disk(at path: String) -> Disk {
        var space = statvfs()
        let isKnown = statvfs(path, &space) == 0
        let unit = Int(space.f_frsize)
        var disk = Disk(
            path: path, freeByteCount: isKnown ? Int(space.f_bavail) * unit : 0,
            totalByteCount: isKnown ? Int(space.f_blocks) * unit : 0, syncTimes: [])
        let name = "\(path)/.vectron-doctor-\(UUID().uuidString)"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            disk.failure = String(cString: strerror(errno))
            return disk
        }
        defer { close(descriptor) }
        unlink(name)
        let page = [UInt8](repeating: 1, count: pageByteCount)
        let begin = ContinuousClock.now
        for index in 0..<syncCount where begin.duration(to: .now) < syncPatience {
            let before = ContinuousClock.now
            guard pwrite(descriptor, page, page.count, off_t(index * page.count)) == page.count,
                fdatasync(descriptor) == 0
            else {
                disk.failure = String(cString: strerror(errno))
                return disk
            }
            disk.syncTimes.append(before.duration(to: .now))
        }
        return disk
    }
}
