import Foundation
import Protocols

/// A session of a user with a cluster.
struct Session {
    let url: String
    let user: String
    let accessToken: String
    let accessExpiresAt: Double
    let refreshToken: String

    /// How many seconds before its end an access token is not used any more.
    static let margin = 30.0

    /// Takes what REST answers to a login or what was saved.
    init(url: String, user: String, answer: JSONValue) throws {
        guard case .string(let accessToken)? = answer.members["access_token"],
            case .integer(let accessExpiresAt)? = answer.members["access_expires_at"],
            case .string(let refreshToken)? = answer.members["refresh_token"]
        else { throw CommandError("\(url) answered something that is no session") }
        self.url = url
        self.user = user
        self.accessToken = accessToken
        self.accessExpiresAt = Double(accessExpiresAt)
        self.refreshToken = refreshToken
    }

    var json: JSONValue {
        .object([
            "url": .string(url), "user": .string(user), "access_token": .string(accessToken),
            "access_expires_at": .integer(Int64(accessExpiresAt)),
            "refresh_token": .string(refreshToken),
        ])
    }
}

/// Where the session of `vectron login` is kept: one file that only its owner may read.
struct SessionFile {
    let path: String

    /// In the user's configuration directory: `$XDG_CONFIG_HOME/vectron`, or `~/.config/vectron`.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let base = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        path = (base ?? home + "/.config") + "/vectron/session.json"
    }

    /// The session; nil if there is none.
    ///
    /// - Throws: ``CommandError`` if others may read the file: then it is no secret any more.
    func load() throws -> Session? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        guard status.st_mode & 0o077 == 0 else {
            throw CommandError(
                "others may read \(path); remove it and log in again, with another password")
        }
        let value = try JSONValue(
            text: try String(contentsOfFile: path, encoding: .utf8), of: path)
        return try Session(
            url: value.members["url"]?.display ?? "", user: value.members["user"]?.display ?? "",
            answer: value)
    }

    /// Replaces the session.
    func save(_ session: Session) throws {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        // Nobody else ever sees it, not even while it is written.
        let new = "\(path).\(getpid())"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError("\(new) cannot be written: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data((session.json.text + "\n").utf8))
            try handle.close()
        } catch {
            unlink(new)
            throw error
        }
        guard rename(new, path) == 0 else {
            unlink(new)
            throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Forgets the session.
    func remove() throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw CommandError("\(path) cannot be removed: \(String(cString: strerror(errno)))")
        }
    }
}
