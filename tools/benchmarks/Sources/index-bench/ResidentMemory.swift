import Foundation

/// The resident bytes of this process, from the system's own account.
func residentByteCount() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    guard let pages = status.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
        throw CocoaError(.fileReadCorruptFile)
    }
    return pages * sysconf(Int32(_SC_PAGESIZE))
}
