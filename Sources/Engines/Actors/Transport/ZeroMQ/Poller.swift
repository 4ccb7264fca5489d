internal import CLinux

#if canImport(Glibc)
    internal import Glibc
#endif

/// Waits for any of many file descriptors (epoll).
final class Poller {
    /// What a file descriptor stands for.
    enum Token {
        case wake
        case router
        case authenticator
        case dealer(UInt64)
        case monitor(UInt64)

        /// The kind in the high byte, the link's number below.
        var number: UInt64 {
            switch self {
            case .wake: 1 << 56
            case .router: 2 << 56
            case .authenticator: 3 << 56
            case .dealer(let id): 4 << 56 | id
            case .monitor(let id): 5 << 56 | id
            }
        }

        init?(number: UInt64) {
            let id = number & (1 << 56 - 1)
            switch number >> 56 {
            case 1: self = .wake
            case 2: self = .router
            case 3: self = .authenticator
            case 4: self = .dealer(id)
            case 5: self = .monitor(id)
            default: return nil
            }
        }
    }

    private let descriptor: Int32
    private static let maxEventCount = 64
    private var tokens = [UInt64](repeating: 0, count: maxEventCount)

    init() {
        descriptor = clinux_epoll_create()
        precondition(descriptor >= 0, "no file descriptor is left for epoll")
    }

    deinit { close(descriptor) }

    func add(_ fileDescriptor: Int32, token: Token) {
        let code = clinux_epoll_add(descriptor, fileDescriptor, token.number)
        precondition(code == 0, "file descriptor \(fileDescriptor) cannot be polled")
    }

    func remove(_ fileDescriptor: Int32) {
        // It can only fail when the descriptor is closed already.
        _ = clinux_epoll_remove(descriptor, fileDescriptor)
    }

    func wait(atMost duration: Duration) -> [Token] {
        // Rounded up, so that a deadline has passed when we look.
        let milliseconds =
            duration <= .zero ? 0 : min(duration.wholeMilliseconds + 1, 60_000)
        let count = clinux_epoll_wait(
            descriptor, &tokens, Int32(Self.maxEventCount), Int32(milliseconds))
        // A signal may end the wait early, with nothing to report.
        guard count > 0 else { return [] }
        return tokens.prefix(Int(count)).compactMap(Token.init(number:))
    }
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
