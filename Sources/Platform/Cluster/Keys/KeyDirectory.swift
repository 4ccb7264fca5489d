public import Actors
import Foundation
import ZeroMQ

/// A directory of CURVE keys: who may talk in a cluster.
///
/// | file | mode | content |
/// |---|---|---|
/// | `NAME.secret` | 0600 | the secret key of node or client `NAME`: 40 characters of Z85, newline |
/// | `NAME.pub` | 0644 | its public key, likewise |
///
/// Every `NAME.pub` there is let in, under its name only. A machine needs all public files and
/// the secrets of its own nodes. Clients of the command line are named `client-1`, `client-2`, ….
///
/// Thread safety: a value; the files are read at each call.
public struct KeyDirectory: Sendable, Hashable {
    /// Where it is.
    public let path: String

    /// Names a directory, which need not exist yet.
    public init(path: String) { self.path = path }

    /// The keys of the bridge's clients, who are no nodes: a directory of its own.
    public var bridge: KeyDirectory { KeyDirectory(path: path + "/bridge") }

    /// How many keys for clients are made: so many commands can run at once.
    public static let clientCount = 4

    /// The names of the keys that a cluster needs: its nodes and its clients.
    public static func names(for file: ClusterFile) -> [String] {
        file.nodes.map(\.name) + (1...clientCount).map { "client-\($0)" }
    }

    /// Makes all keys that a cluster needs: its nodes', its clients', one for a client of the
    /// bridge, and the secret of its auth nodes.
    @discardableResult
    public func generate(for file: ClusterFile) throws -> [String] {
        let secret = AuthSecretFile(path: path + "/auth-secret")
        return try generate(Self.names(for: file)) + bridge.generate(["client-1"])
            + (file.hasAuthentication && (try secret.makeIfMissing()) ? [secret.path] : [])
    }

    private func secretPath(_ name: String) -> String { "\(path)/\(name).secret" }
    private func publicPath(_ name: String) -> String { "\(path)/\(name).pub" }
}

// MARK: - Making

extension KeyDirectory {
    /// Makes a key pair for each name, all or none, and never over one that exists.
    ///
    /// - Returns: The paths of the files.
    @discardableResult
    public func generate(_ names: [String]) throws -> [String] {
        for name in names {
            guard NodeID(name).isValid, !name.hasPrefix(".") else { throw KeyError.wrongName(name) }
            for path in [secretPath(name), publicPath(name)]
            where FileManager.default.fileExists(atPath: path) {
                throw KeyError.exists(path: path)
            }
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw KeyError.unusable(path: path, reason: (error as NSError).localizedDescription)
        }
        var written: [String] = []
        do {
            for name in names {
                let pair = try CurveKeyPair.generate()
                try write(pair.secretKey, to: secretPath(name), mode: 0o600)
                written.append(secretPath(name))
                try write(pair.publicKey.text, to: publicPath(name), mode: 0o644)
                written.append(publicPath(name))
            }
        } catch {
            for path in written { unlink(path) }
            throw error
        }
        return written
    }

    /// The mode is set when the file is made: a secret is never readable by others, not even for
    /// a moment.
    private func write(_ key: String, to path: String, mode: mode_t) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(path: path) : .unusable(path: path, reason: lastError)
        }
        defer { close(descriptor) }
        let line = Array("\(key)\n".utf8)
        guard Glibc.write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            let reason = lastError
            unlink(path)
            throw .unusable(path: path, reason: reason)
        }
    }

    private var lastError: String { String(cString: strerror(errno)) }
}

// MARK: - Loading

extension KeyDirectory {
    /// The keys of a node, and of all that may talk to it.
    public func security(of name: String) throws(KeyError) -> ClusterActorSystem.Security {
        let secret = secretPath(name)
        let keys = try pair(name)
        let peers = try publicKeys()
        guard peers[NodeID(name)] == keys.publicKey else { throw .mismatched(path: secret) }
        return ClusterActorSystem.Security(keys: keys, peers: peers)
    }

    /// What is wrong with the keys of these nodes, each thing once.
    ///
    /// - Parameter owned: Whose secrets have to be here; of others a public key is enough.
    func problems(of names: [String], owned: Set<String>) -> [KeyError] {
        var problems: [KeyError] = []
        for name in names {
            do throws(KeyError) {
                if owned.contains(name) || access(secretPath(name), F_OK) == 0 {
                    _ = try security(of: name)
                } else if try publicKeys()[NodeID(name)] == nil {
                    throw .missing(path: path, name: name)
                }
            } catch {
                if !problems.contains(error) { problems.append(error) }
            }
        }
        return problems
    }

    private func pair(_ name: String) throws(KeyError) -> CurveKeyPair {
        let path = secretPath(name)
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw errno == ENOENT
                ? .missing(path: self.path, name: name) : .unusable(path: path, reason: lastError)
        }
        let mode = status.st_mode & 0o7777
        guard mode & 0o077 == 0 else {
            throw .exposed(path: path, mode: "0" + String(mode, radix: 8))
        }
        guard let keys = CurveKeyPair(secretKey: try text(of: path)) else {
            throw .malformed(path: path)
        }
        return keys
    }

    private func publicKeys() throws(KeyError) -> [NodeID: CurvePublicKey] {
        var keys: [NodeID: CurvePublicKey] = [:]
        for name in try fileNames() where name.hasSuffix(".pub") {
            let file = "\(path)/\(name)"
            guard let key = CurvePublicKey(text: try text(of: file)) else {
                throw .malformed(path: file)
            }
            keys[NodeID(String(name.dropLast(".pub".count)))] = key
        }
        return keys
    }

    private func fileNames() throws(KeyError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unusable(
                path: path,
                reason: "\((error as NSError).localizedDescription); name the directory of the keys"
            )
        }
    }

    private func text(of path: String) throws(KeyError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw .unusable(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

// MARK: - Clients

/// A client's name, claimed for as long as the value lives.
public final class ClaimedClient: Sendable {
    /// The name of the key.
    public let name: String
    private let descriptor: Int32

    fileprivate init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}

extension KeyDirectory {
    /// Claims a client key that no other process uses: two nodes of one name would take each
    /// other's place.
    public func claimClient() throws(KeyError) -> ClaimedClient {
        let names = try fileNames()
            .filter { $0.hasPrefix("client-") && $0.hasSuffix(".secret") }
            .map { String($0.dropLast(".secret".count)) }
        guard !names.isEmpty else { throw .missing(path: path, name: "client-1") }
        for name in names {
            let descriptor = open(secretPath(name), O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw .unusable(path: secretPath(name), reason: lastError)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                return ClaimedClient(name: name, descriptor: descriptor)
            }
            close(descriptor)
        }
        throw .allClaimed(path: path, count: names.count)
    }
}
