import Actors
import Cluster
import Fixtures
import Foundation
import Testing
import ZeroMQ

@Suite struct `A directory of keys` {
    private let directory: TemporaryDirectory
    private let keys: KeyDirectory

    init() throws {
        directory = try TemporaryDirectory()
        keys = KeyDirectory(path: directory.path + "/keys")
    }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(keys.path)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `hides secrets and shows public keys`() throws {
        try keys.generate(["a", "b"])
        #expect(try mode("a.secret") == 0o600)
        #expect(try mode("a.pub") == 0o644)
        let security = try keys.security(of: "a")
        #expect(security.peers.keys.sorted() == ["a", "b"])
        #expect(security.peers["a"] == security.keys.publicKey)
    }

    @Test func `never overwrites, and then writes nothing`() throws {
        try keys.generate(["b"])
        let old = try keys.security(of: "b").keys.publicKey
        #expect(throws: KeyError.exists(path: "\(keys.path)/b.secret")) {
            try keys.generate(["a", "b"])
        }
        #expect(try keys.security(of: "b").keys.publicKey == old)
        #expect(try FileManager.default.contentsOfDirectory(atPath: keys.path).count == 2)
    }

    @Test(arguments: [0o640, 0o604, 0o660])
    func `refuses a secret that others may read`(mode: Int) throws {
        try keys.generate(["a"])
        let path = "\(keys.path)/a.secret"
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: KeyError.exposed(path: path, mode: "0" + String(mode, radix: 8))) {
            try keys.security(of: "a")
        }
    }

    @Test func `says what is missing, malformed or mixed up`() throws {
        try keys.generate(["a", "b"])
        #expect(throws: KeyError.missing(path: keys.path, name: "c")) {
            try keys.security(of: "c")
        }
        try FileManager.default.removeItem(atPath: "\(keys.path)/a.pub")
        try FileManager.default.copyItem(
            atPath: "\(keys.path)/b.pub", toPath: "\(keys.path)/a.pub")
        #expect(throws: KeyError.mismatched(path: "\(keys.path)/a.secret")) {
            try keys.security(of: "a")
        }
        try "no key".write(toFile: "\(keys.path)/a.pub", atomically: true, encoding: .utf8)
        #expect(throws: KeyError.malformed(path: "\(keys.path)/a.pub")) {
            try keys.security(of: "a")
        }
    }

    @Test func `takes no name that leaves it`() throws {
        for name in ["../a", "", ".a", "a/b"] {
            #expect(throws: KeyError.wrongName(name)) { try keys.generate([name]) }
        }
    }

    @Test func `lends each client key once`() throws {
        try keys.generate(["client-1", "client-2", "worker-1"])
        let first = try keys.claimClient()
        do {
            let second = try keys.claimClient()
            #expect(Set([first.name, second.name]) == ["client-1", "client-2"])
            #expect(throws: KeyError.allClaimed(path: keys.path, count: 2)) {
                try keys.claimClient()
            }
            withExtendedLifetime(second) {}
        }
        #expect(try keys.claimClient().name == "client-2")
        withExtendedLifetime(first) {}
    }
}

@Suite struct `The file of the auth nodes' secret` {
    private let directory: TemporaryDirectory
    private let file: AuthSecretFile

    init() throws {
        directory = try TemporaryDirectory()
        file = AuthSecretFile(path: directory.path + "/deep/auth-secret")
    }

    @Test func `is made once, for its owner only`() throws {
        #expect(throws: KeyError.missingAuthSecret(path: file.path)) { try file.load() }
        #expect(try file.makeIfMissing())
        let secret = try file.load()
        #expect(secret.count == 32 && Set(secret).count > 1)
        #expect(try !file.makeIfMissing())
        #expect(try file.load() == secret)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/deep")
        #expect(names == ["auth-secret"])
    }

    @Test func `is made by one of many who begin at once`() async throws {
        let file = file
        let madeCount = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { try file.makeIfMissing() } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(madeCount == 1)
        #expect(try file.load().count == 32)
    }

    @Test func `is refused when others may read it, or when it holds something else`() throws {
        _ = try file.makeIfMissing()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
        #expect(throws: KeyError.exposed(path: file.path, mode: "0640")) { try file.load() }
        for text in [
            "", "12", String(repeating: "z", count: 64), String(repeating: "a", count: 63),
            String(repeating: "+1", count: 32),
        ] {
            try text.write(toFile: file.path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: file.path)
            #expect(throws: KeyError.malformedAuthSecret(path: file.path)) { try file.load() }
        }
    }
}
