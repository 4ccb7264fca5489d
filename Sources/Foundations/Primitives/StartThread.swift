import Glibc

/// Starts a thread that runs `body` and ends with it; nobody joins it.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let code = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { preconditionFailure("a thread began without its body") }
            // The reference that `startThread` gave away.
            let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
            nameThread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    precondition(code == 0, "cannot start the thread \(name): \(String(cString: strerror(code)))")
}

/// Gives the calling thread a name, of which Linux keeps 15 bytes.
///
/// `pthread_setname_np` is a GNU extension that Glibc's module does not show. A thread that cannot
/// be named runs as well.
private func nameThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, min(strlen($0), 15)) }
    close(file)
}

/// What a new thread is given.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
