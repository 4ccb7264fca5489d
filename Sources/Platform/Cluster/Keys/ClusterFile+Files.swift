import Foundation

extension ClusterFile {
    /// What is wrong, on this machine, with the files that the configuration names: keys, certificates,
    /// the auth nodes' secret, data directories.
    ///
    /// Reads them as nodes do when they start; of nodes that are not owned, what other machines need
    /// of them.
    ///
    /// - Parameter owned: The nodes that run on this machine; nil: whichever it has the secrets of.
    public func fileFindings(owned: Set<String>? = nil) -> [ClusterFinding] {
        keyFindings(owned ?? []) + authSecretFindings(owned) + certificateFindings
            + dataFindings(owned)
    }

    private func keyFindings(_ owned: Set<String>) -> [ClusterFinding] {
        guard let keysDirectory else { return [] }
        let keys = KeyDirectory(path: keysDirectory)
        guard FileManager.default.fileExists(atPath: keysDirectory) else {
            return [
                .init(
                    .error, .key("cluster.keys"),
                    "there is no \(keysDirectory); make it with: vectron keys generate --config FILE"
                )
            ]
        }
        var findings = keys.problems(of: nodes.map(\.name), owned: owned).map {
            ClusterFinding(.error, .key("cluster.keys"), "\($0)")
        }
        if nodes.contains(where: { $0.bridge != nil }),
            !FileManager.default.fileExists(atPath: keys.bridge.path)
        {
            findings.append(
                .init(
                    .error, .key("cluster.keys"),
                    """
                    there is no \(keys.bridge.path), so no client of a bridge is known; make a key with: \
                    vectron keys generate --directory \(keys.bridge.path) --node client-1
                    """))
        }
        return findings
    }

    private func authSecretFindings(_ owned: Set<String>?) -> [ClusterFinding] {
        guard hasAuthentication, owned.map({ !$0.isDisjoint(with: authNodes.map(\.name)) }) ?? true
        else { return [] }
        do throws(KeyError) {
            _ = try authSecret.load()
            return []
        } catch .missingAuthSecret(let path) {
            // Without keys it is made by the first start, and with them by whoever makes the keys; a
            // machine without auth nodes needs none.
            guard owned != nil, keysDirectory != nil else { return [] }
            return [
                .init(.error, .key("cluster.keys"), "\(KeyError.missingAuthSecret(path: path))")
            ]
        } catch {
            return [
                .init(
                    .error, .key(keysDirectory == nil ? "data.directory" : "cluster.keys"),
                    "\(error)")
            ]
        }
    }

    private var certificateFindings: [ClusterFinding] {
        let files = [("rest.certificate", restCertificate), ("rest.private_key", restPrivateKey)]
        return files.flatMap { key, path -> [ClusterFinding] in
            guard let path else { return [] }
            var status = stat()
            guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
                let reason = String(cString: strerror(errno))
                return [
                    .init(
                        .error, .key(key),
                        "\(path) cannot be read: \(reason); name a file in PEM")
                ]
            }
            let mode = status.st_mode & 0o7777
            guard key == "rest.private_key", mode & 0o077 != 0 else { return [] }
            return [
                .init(
                    .warning, .key(key),
                    """
                    \(path) may be read by others (mode 0\(String(mode, radix: 8))); \
                    run: chmod 600 \(path)
                    """)
            ]
        }
    }

    private func dataFindings(_ owned: Set<String>?) -> [ClusterFinding] {
        let directories =
            [dataDirectory]
            + nodes.filter { owned?.contains($0.name) ?? true }.map { dataDirectory(of: $0) }
        return directories.compactMap { path in
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
                !isDirectory.boolValue
            else { return nil }
            return .init(
                .error, .key("data.directory"),
                "\(path) is a file; name a directory, which need not exist yet")
        }
    }
}
