import Foundation

/// Starts programs that outlive the command, in sessions of their own: Ctrl-C in the terminal does
/// not reach them.
enum DetachedProcess {
    /// `POSIX_SPAWN_SETSID` of glibc 2.26, which Swift's Glibc module leaves out.
    private static let newSession: Int16 = 0x80

    /// Starts this program with other arguments, its output appended to a file.
    ///
    /// - Parameter launcher: A program with arguments that becomes this one; empty: none.
    static func startSelf(
        _ arguments: [String], log: String, launcher: [String] = []
    ) throws -> ProcessIdentity {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)

        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let command = launcher + [program] + arguments
        let words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        try keepFilesToSelf()
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, command[0], &actions, &attributes, words, environ)
        guard code == 0 else {
            throw CommandError("\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        guard let identity = ProcessIdentity(pid: pid) else {
            throw CommandError("\(program) ended at once; see \(log)")
        }
        return identity
    }

    /// Closes, in programs started later, all files but the standard ones: whoever started us may
    /// wait for the end of a pipe that we were given.
    private static func keepFilesToSelf() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
            // The directory's own descriptor is gone by now, which does no harm.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
