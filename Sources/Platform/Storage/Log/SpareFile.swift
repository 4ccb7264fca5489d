import Glibc
import Primitives
import Synchronization

/// The next file of a log, filled with zeros by a thread of its own while the last one is written to:
/// so that a new segment makes no append wait for 16 MiB.
///
/// It has no name until it is taken, so that nothing is left of it however the process ends.
final class SpareFile: Sendable {
    private enum State {
        case none
        case inPreparation
        case ready(descriptor: Int32, byteCount: Int)
        case unwanted
    }

    private let directory: String
    private let state = Mutex(State.none)

    init(in directory: String) { self.directory = directory }

    /// Begins to make a file of this size, unless there is one or one is being made.
    func prepare(byteCount: Int) {
        let isNeeded = state.withLock { state in
            guard case .none = state else { return false }
            state = .inPreparation
            return true
        }
        guard isNeeded else { return }
        startThread(named: "log-spare") { [self] in
            let descriptor = make(byteCount: byteCount)
            let isWanted = state.withLock { state in
                guard case .inPreparation = state, let descriptor else { return false }
                state = .ready(descriptor: descriptor, byteCount: byteCount)
                return true
            }
            if !isWanted, let descriptor { close(descriptor) }
        }
    }

    /// Gives the file a name, if there is one of this size and the name is free.
    func take(as path: String, byteCount: Int) -> Bool {
        let ready: Int32? = state.withLock { state in
            guard case .ready(let descriptor, byteCount) = state else { return nil }
            state = .none
            return descriptor
        }
        guard let ready else { return false }
        defer { close(ready) }
        return linkat(AT_FDCWD, "/proc/self/fd/\(ready)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
    }

    /// Lets go of the file, or stops making it.
    func discard() {
        state.withLock { state in
            if case .ready(let descriptor, _) = state { close(descriptor) }
            state = .unwanted
        }
    }

    private var isUnwanted: Bool {
        state.withLock { state in
            if case .unwanted = state { true } else { false }
        }
    }

    /// A file without a name, or nil: then there is no spare one, and segments are made when they
    /// are needed.
    ///
    /// After a failure it is not tried again.
    private func make(byteCount: Int) -> Int32? {
        // `O_TMPFILE`, whose macro Swift does not see: the same on all processors but for the part
        // that is `O_DIRECTORY`.
        let descriptor = open(directory, 0o20000000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        // A sync now and then, lest the log's own syncs wait for all of it.
        let isMade = FileLogDisk.fill(descriptor, byteCount: byteCount) {
            !isUnwanted && fdatasync(descriptor) == 0
        }
        guard isMade, fsync(descriptor) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
