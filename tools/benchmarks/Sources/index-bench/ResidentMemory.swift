import Foundation

/// The resident bytes of this process, from the system's own account, after freed memory went back.
func residentByteCount() throws -> Int {
    trimFreedMemory()
    let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let pages = status.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
        throw CocoaError(.fileReadCorruptFile)
    }
    return pages * sysconf(Int32(_SC_PAGESIZE))
}

/// Gives freed memory back to the system: temporary arrays of a build are nothing that stays.
private func trimFreedMemory() {
    // No module map has `malloc.h`; other C libraries lack the function, and there it is left out.
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    typealias Trim = @convention(c) (Int) -> CInt
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
}
