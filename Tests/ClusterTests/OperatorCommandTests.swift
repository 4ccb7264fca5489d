import Fixtures
import Foundation
import Testing

/// The commands of operators, with the real program.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `EndToEnd: operators` {
    private static let configs = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("cluster-configs").path

    // MARK: audit

    private func line(
        _ minute: Int, _ user: String, _ operation: String, _ outcome: String = "done"
    ) -> String {
        """
        {"time":"2026-01-01T12:0\(minute):00Z","request":"r\(minute)","face":"rest","address":"::1",\
        "user":"\(user)","tenant":"t","credential":"key:k\(minute)","operation":"\(operation)",\
        "collection":"docs","outcome":"\(outcome)"}
        """
    }

    @Test func `audit merges the logs of all gateways and passes over what is none`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        for (node, name, text) in [
            ("g1", "audit.jsonl.1", line(1, "ann", "login") + "\nnonsense\n"),
            ("g1", "audit.jsonl", line(4, "ann", "createKey", "permissionDenied") + "\n{\"ti"),
            ("g2", "audit.jsonl", line(2, "bob", "login") + "\n" + line(5, "b\\u001b[1m", "login")),
        ] {
            try FileManager.default.createDirectory(
                atPath: data + "/" + node, withIntermediateDirectories: true)
            _ = try directory.write(text + "\n", to: "data/\(node)/\(name)")
        }
        func audit(_ arguments: String...) async throws -> Program.Result {
            try await Program.run(["audit", "--directory", data] + arguments)
        }
        let all = try await audit()
        #expect(all.code == 0, "\(all.error)")
        let lines = all.output.split(separator: "\n")
        #expect(lines.map { $0.prefix(20) } == [1, 2, 4, 5].map { "2026-01-01T12:0\($0):00Z" })
        #expect(lines[2].contains("permissionDenied") && lines[2].contains("node=g1"))
        #expect(lines[3].contains("\\u{1b}[1m"), "a name may not command the terminal")
        #expect(all.error.contains("audit.jsonl.1:2 is no line of an audit log"))
        #expect(all.error.contains("audit.jsonl:2 is no line of an audit log"))

        func count(_ arguments: String...) async throws -> Int {
            let result = try await Program.run(
                ["audit", "--directory", data, "-o", "json"] + arguments)
            for line in result.output.split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                #expect((object as? [String: Any])?["node"] != nil)
            }
            return result.output.split(separator: "\n").count
        }
        #expect(try await count() == 4)
        #expect(try await count("--user", "ann") == 2)
        #expect(try await count("--user", "ann", "--outcome", "refused") == 1)
        #expect(try await count("--key", "k2", "--key", "key:k4") == 2)
        #expect(try await count("--action", "login") == 3)
        #expect(try await count("--since", "2026-01-01T12:02:00Z") == 3)
        #expect(try await count("--until", "2026-01-01T12:02:00Z") == 1)
        #expect(try await count("--since", "1m") == 0)
        #expect(try await count("-n", "2") == 2)
        #expect(try await count("--collection", "other") == 0)
        #expect(try await audit("--action", "logn").code == 2)
        #expect(try await audit("--outcome", "fine").code == 2)
        let none = try await Program.run(["audit", "--directory", directory.path + "/none"])
        #expect(none.code == 1 && none.error.contains("there is no audit log"))
    }

    // MARK: config

    @Test func `config check finds nothing in the examples, and everything else`() async throws {
        for name in ["one-node", "two-workers", "three-node", "five-node"] {
            let result = try await Program.run(["config", "check", "\(Self.configs)/\(name).yaml"])
            #expect(result.code == 0, "\(name): \(result.output) \(result.error)")
        }
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            """
            timeouts: {cal: 1s}
            nodes:
              - {name: p, role: placement, endpoint: "tcp://10.0.0.1:1"}
              - {name: w, role: worker, endpoint: "tcp://10.0.0.1:1"}
              - {name: g, role: gateway, endpoint: "tcp://10.0.0.1:2", rest: "tcp://0.0.0.0:3"}
            """, to: "c.yaml")
        let result = try await Program.run(["config", "check", path, "--set", "log.level=x"])
        #expect(result.code == 1, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines[0]
                == "\(path):1: error: unknown key timeouts.cal; did you mean timeouts.call?")
        #expect(lines.contains { $0.hasPrefix("--set log.level=x: error: ") })
        #expect(lines.contains { $0.hasPrefix("\(path):4: error: tcp://10.0.0.1:1 is used twice") })
        #expect(lines.contains { $0.hasPrefix("\(path):5: error: node g would serve rest") })
        #expect(lines.count { $0.contains(": warning: ") } == 4, "\(result.output)")
        let json = try await Program.run(["config", "check", path, "-o", "json"])
        let findings = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [Any]
        #expect(json.code == 1 && findings?.count == lines.count - 1)
        #expect(try await Program.run(["config", "check", path + "x"]).code == 2)
        let malformed = try directory.write("a: [", to: "m.yaml")
        #expect(try await Program.run(["config", "check", malformed]).code == 1)
    }

    @Test func `config print is a cluster file with all that counts and no secret`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await Program.run([
            "keys", "generate", "--directory", directory.path + "/k", "--node", "p",
        ])
        let secret = try String(contentsOfFile: directory.path + "/k/p.secret", encoding: .utf8)
        let result = try await Program.run(
            [
                "config", "print", "\(Self.configs)/two-workers.yaml", "--origins", "--set",
                "cluster.keys=\(directory.path)/k",
            ], environment: ["VECTRON__TIMEOUTS__CALL": "9s"])
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.contains("  call: '9s'  # VECTRON__TIMEOUTS__CALL\n"))
        #expect(!result.output.contains(secret.trimmingCharacters(in: .whitespacesAndNewlines)))
        let path = try directory.write(result.output, to: "printed.yaml")
        let again = try await Program.run(["config", "print", path])
        let plain = try await Program.run(
            [
                "config", "print", "\(Self.configs)/two-workers.yaml", "--set",
                "cluster.keys=\(directory.path)/k",
            ], environment: ["VECTRON__TIMEOUTS__CALL": "9s"])
        #expect(again.code == 0 && again.output == plain.output)
        let wrong = try await Program.run(["config", "print", path, "--set", "log.level=x"])
        #expect(wrong.code == 2 && wrong.output.isEmpty)
    }

    // MARK: doctor

    /// What a doctor says: its exit code and the level of each subject, the worst of several.
    private func doctor(_ config: String) async throws -> (code: Int32, levels: [String: String]) {
        let result = try await Program.run(["doctor", "--config", config, "-o", "json"])
        let objects = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let diagnoses = try #require(objects as? [[String: Any]], "\(result.error)")
        var levels: [String: String] = [:]
        for diagnosis in diagnoses {
            let subject = try #require(diagnosis["subject"] as? String)
            let level = try #require(diagnosis["level"] as? String)
            let order = ["ok", "warn", "fail"]
            let worst = [levels[subject] ?? "ok", level].max {
                (order.firstIndex(of: $0) ?? 3) < (order.firstIndex(of: $1) ?? 3)
            }
            levels[subject] = worst
        }
        #expect(result.code == (levels.values.contains("fail") ? 1 : 0), "\(result.output)")
        return (result.code, levels)
    }

    @Test(arguments: [false, true])
    func `doctor looks at nodes that run, and at those that do not`(isEncrypted: Bool) async throws
    {
        try await ProcessCluster.run(encrypted: isEncrypted) { cluster in
            try await cluster.client(
                "collection", "create", "c", "--dimension", "2", "--shards", "2")
            let well = try await doctor(cluster.config).levels
            for node in ["placement", "worker-1", "worker-2", "gateway-1"] {
                #expect(well["node \(node)"] == "ok", "\(well)")
            }
            for subject in ["placement group", "shards", "clocks", "ports", "libraries"] {
                #expect(well[subject] == "ok", "\(subject): \(well)")
            }
            try await cluster.cluster("stop", "worker-1")
            let (code, ill) = try await doctor(cluster.config)
            #expect(code == 1 && ill["node worker-1"] == "fail" && ill["node worker-2"] == "ok")
            #expect(ill.contains { $0.key.hasPrefix("shard ") && $0.value == "fail" }, "\(ill)")
        }
    }

    @Test func `doctor says who has the port of a node that does not run`() async throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
                    | listen(descriptor, 1)
            }
        }
        try #require(code == 0)
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            """
            nodes:
              - {name: p, role: placement, endpoint: "ipc://\(directory.path)/p"}
              - {name: w, role: worker, endpoint: "ipc://\(directory.path)/w"}
              - name: g
                role: gateway
                endpoint: "ipc://\(directory.path)/g"
                bridge: "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
            """, to: "c.yaml")
        let (exit, levels) = try await doctor(path)
        #expect(exit == 1 && levels["ports"] == "fail" && levels["cluster"] == "warn", "\(levels)")
    }
}
