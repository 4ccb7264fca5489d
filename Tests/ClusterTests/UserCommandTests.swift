import Fixtures
import Foundation
import Testing

/// The commands of users and keys, with the real program.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `EndToEnd: users by command` {
    private static let password = "correct horse battery staple"

    /// A `vectron dev` with users, and the environment of one who uses it.
    private struct Fixture {
        let directory: TemporaryDirectory
        let program: RunningProgram
        let url: String

        var environment: [String: String] {
            ["XDG_CONFIG_HOME": directory.path + "/config", "VECTRON_URL": url]
        }
        var session: String { directory.path + "/config/vectron/session.json" }

        func run(_ arguments: String...) async throws -> Program.Result {
            try await Program.run(arguments, environment: environment)
        }

        /// Waits until the program has printed its token and answers.
        func bootstrap() async throws {
            var token: String?
            while token == nil {
                try #require(program.code == nil, "\(program.error)")
                let lines = program.error.split(separator: "\n")
                let index = lines.firstIndex { $0.hasPrefix("Bootstrap token") }
                if let index, lines.indices.contains(index + 1) {
                    token = lines[index + 1].trimmingCharacters(in: .whitespaces)
                } else {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let path = try directory.write(token ?? "", to: "token")
            let password = try directory.write(
                "\(`EndToEnd: users by command`.password)\n", to: "password")
            while true {
                let made = try await run(
                    "user", "create", "admin", "--bootstrap-token-file", path, "--password-file",
                    password)
                if made.code == 0 { return }
                try #require(program.code == nil, "\(made.error) \(program.error)")
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func withUsers(_ body: (Fixture) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let port = try freePort()
        let fixture = Fixture(
            directory: directory,
            program: try RunningProgram([
                "dev", "--auth", "--data-directory", directory.path + "/data", "--endpoint",
                "ipc://\(directory.path)/gateway", "--rest", "tcp://127.0.0.1:\(port)",
            ]), url: "http://127.0.0.1:\(port)")
        try await fixture.bootstrap()
        try await body(fixture)
        fixture.program.stop()
    }

    /// A port that was free a moment ago.
    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0
                    ? getsockname(descriptor, $0, &length) : -1
            }
        }
        try #require(code == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    @Test func `a session makes users and keys, and its file is its owner's alone`() async throws {
        try await withUsers { users in
            let nobody = try await users.run("user", "list")
            #expect(nobody.code == 1 && nobody.error.contains("nobody is logged in"))

            let wrong = try users.directory.write("wrong password\n", to: "wrong")
            let refused = try await users.run("login", "admin", "--password-file", wrong)
            #expect(refused.code == 1 && !FileManager.default.fileExists(atPath: users.session))
            #expect(!refused.error.contains("wrong password"))

            let password = users.directory.path + "/password"
            let login = try await users.run("login", "admin", "--password-file", password)
            #expect(login.code == 0, "\(login.error)")
            let mode = try FileManager.default.attributesOfItem(atPath: users.session)[
                .posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(
                try !String(contentsOfFile: users.session, encoding: .utf8).contains(Self.password))

            #expect(
                try await users.run("user", "create", "ann", "--password-file", password).code == 0)
            let list = try await users.run("user", "list")
            #expect(list.output.contains("admin") && list.output.contains("ann"))

            let key = try await users.run(
                "key", "create", "ci", "--scope", "read:docs,notes", "--expires", "30d")
            #expect(key.output.hasPrefix("vec_"), "\(key.error)")
            let keys = try await users.run("key", "list")
            #expect(keys.output.contains("read:docs,notes"))
            let text = key.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(!keys.output.contains(text))
            let id = try #require(text.split(separator: "_").dropFirst().first)
            let revoked = try await users.run("key", "revoke", String(id))
            #expect(revoked.code == 0, "\(revoked.error)")
            #expect(try await !users.run("key", "list").output.contains(id))

            #expect(try await users.run("limits", "--all").output.contains("standard"))
            // The audit log knows who did what and who was kept from it, and no secret.
            let data = users.directory.path + "/data"
            let kept = try await users.run(
                "audit", "--directory", data, "--user", "admin", "--action", "login", "--outcome",
                "refused")
            #expect(kept.output.split(separator: "\n").count == 1, "\(kept.error)")
            let audit = try await users.run("audit", "--directory", data, "-o", "json")
            for operation in ["bootstrap", "login", "registerUser", "createKey", "revokeKey"] {
                #expect(audit.output.contains("\"operation\":\"\(operation)\""))
            }
            #expect(!audit.output.contains(text) && !audit.output.contains(Self.password))

            #expect(try await users.run("user", "delete", "ann").code == 0)
            #expect(try await users.run("user", "delete", "ann").code == 1)

            chmod(users.session, 0o644)
            let open = try await users.run("user", "list")
            #expect(open.code == 1 && open.error.contains("others may read"))
            chmod(users.session, 0o600)
            #expect(try await users.run("logout").code == 0)
            #expect(!FileManager.default.fileExists(atPath: users.session))
        }
    }

    @Test func `a password is no argument and does not travel unencrypted`() async throws {
        let argument = try await Program.run(["login", "admin", "--password", "x"])
        #expect(argument.code == 2)
        let far = try await Program.run(["login", "admin", "--url", "http://example.com"])
        #expect(far.code == 1 && far.error.contains("https"))
    }
}
