import Glibc

/// How many files and connections this process may have open at once.
///
/// Strangers open connections; who has none left for a file cannot write the log. So the limit is as
/// high as it may be, and connections get a share of it.
public enum FileDescriptorLimit {
    /// The share of connections with strangers.
    private static let connectionShare = 0.5

    /// Raises the limit to the one that an administrator has set, and returns it.
    ///
    /// Many systems begin with 1,024 for the sake of programs that use `select`, and allow more.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            // What every POSIX system has.
            return 256
        }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            // One that cannot be raised stays as it is.
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 {
                limit = raised
            }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many of so many connections there may be.
    public static func connectionCount(atMost count: Int) -> Int {
        min(count, max(1, Int(Double(raise()) * connectionShare)))
    }
}
