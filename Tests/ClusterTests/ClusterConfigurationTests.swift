import Actors
import Cluster
import Fixtures
import Foundation
import Testing

/// A configuration of this text, with what is wrong with it; paths begin with the file's name.
private func configuration(
    _ text: String, environment: [String: String] = [:], flags: [String] = []
) throws -> ClusterConfiguration {
    let directory = try TemporaryDirectory()
    return try withExtendedLifetime(directory) {
        try ClusterConfiguration(
            path: directory.write(text, to: "c.yaml"), environment: environment, flags: flags)
    }
}

private func named(_ error: ClusterFileError) -> String {
    let text = "\(error)"
    return text.range(of: "c.yaml").map { String(text[$0.lowerBound...]) } ?? text
}

private let nodes = """
    nodes:
      - {name: p, role: placement, endpoint: "tcp://127.0.0.1:1"}
      - {name: w, role: worker, endpoint: "tcp://127.0.0.1:2"}
      - {name: g, role: gateway, endpoint: "tcp://127.0.0.1:3", rest: "tcp://127.0.0.1:4"}

    """

@Suite struct `A configuration` {
    @Test func `has all that is wrong with it, each with its place`() throws {
        let configuration = try configuration(
            """
            timeouts: {cal: 1s, connect: soon, heartbeat_timeout: 1s}
            clustr: {}
            rest: {trusted_proxies: [10.0.0.0/8, here], allowed_origins: ['*']}
            nodes:
              - {name: p, role: placement, endpoint: "tcp://127.0.0.1:1", bridge: "ipc:///b"}
              - {name: p, role: worker, endpoint: "tcp://127.0.0.1:1"}
              - {name: a b, role: waiter, endpoint: "tcp://127.0.0.1:1"}
              - {role: worker}
            """,
            environment: ["VECTRON__LOG__LEVEL": "loud"], flags: ["log.levle=info", "x"])
        let origins = "origins such as https://example.com or http://localhost:3000, without a path"
        #expect(
            configuration.errors.map(named) == [
                "c.yaml:1: unknown key timeouts.cal; did you mean timeouts.call?",
                "c.yaml:1: timeouts.connect is \"soon\"; write a duration such as 500ms, 30s or 5m",
                "c.yaml:2: unknown key clustr; did you mean cluster?",
                """
                c.yaml:3: rest.trusted_proxies is "10.0.0.0/8,here"; write addresses or blocks of them \
                such as 10.0.0.7 or 10.0.0.0/8
                """,
                "c.yaml:3: rest.allowed_origins is \"*\"; write \(origins)",
                "c.yaml:7: nodes.name is \"a b\"; write 1 to 128 of A-Z a-z 0-9 _ - .",
                "c.yaml:7: nodes.role is \"waiter\"; write placement, worker, gateway or auth",
                "c.yaml:8: nodes.name is missing", "c.yaml:8: nodes.endpoint is missing",
                """
                VECTRON__LOG__LEVEL: log.level is "loud"; write one of trace, debug, info, notice, \
                warning, error, critical
                """,
                "--set log.levle=info: unknown key log.levle; did you mean log.level?",
                "--set: --set is \"x\"; write SECTION.KEY=VALUE",
                "c.yaml:6: two nodes are named p; give each node its own name",
                """
                c.yaml:6: tcp://127.0.0.1:1 is used twice, by p and p; give each endpoint its own port
                """,
                "c.yaml:5: node p is a placement; only a gateway has a bridge",
                """
                c.yaml:1: timeouts.heartbeat_timeout (1s) must be longer than \
                timeouts.heartbeat_interval (1s)
                """,
            ])
    }

    @Test func `says where each value came from, and is read again`() throws {
        let configuration = try configuration(
            "cluster: {id: it}\nrest: {allowed_origins: 'https://a.b'}\n" + nodes,
            environment: ["VECTRON__TIMEOUTS__CALL": "9s"], flags: ["log.level=error"])
        let text = configuration.yamlWithOrigins
        for (line, origin) in [
            ("  id: 'it'", "c.yaml:1"), ("  allowed_origins: ['https://a.b']", "c.yaml:2"),
            ("  call: '9s'", "VECTRON__TIMEOUTS__CALL"),
            ("  level: 'error'", "--set log.level=error"),
            ("  connect: '2s'", "# default"), ("    endpoint: 'tcp://127.0.0.1:2'", "c.yaml:5"),
        ] {
            let found = text.split(separator: "\n").first { $0.hasPrefix(line) }
            #expect(found?.hasSuffix(origin) == true, "\(line) in \(text)")
        }
        #expect(text.contains("  # threads: not set (default)"))
        // From another directory, since all paths are absolute.
        let again = try `A configuration`.read(text)
        #expect(again == configuration.file)
        #expect(try `A configuration`.read(configuration.file.yaml) == configuration.file)
    }

    private static func read(_ text: String) throws -> ClusterFile {
        let configuration = try configuration(text)
        #expect(configuration.errors == [])
        return configuration.file
    }

    @Test(arguments: [
        ("", nodes, []),
        (
            "",
            nodes + "  - {name: p2, role: placement, endpoint: 'tcp://127.0.0.1:9'}\n",
            ["nodes with role: placement"]
        ),
        (
            "",
            nodes + "  - {name: a1, role: auth, endpoint: 'tcp://127.0.0.1:9'}\n"
                + "  - {name: a2, role: auth, endpoint: 'tcp://127.0.0.1:8'}\n",
            ["nodes with role: auth"]
        ),
        (
            "", nodes + "  - {name: w2, role: worker, endpoint: 'tcp://10.0.0.1:9'}\n",
            ["w2 listens at tcp://10.0.0.1:9 without keys"]
        ),
        (
            "cluster: {keys: k}\n",
            nodes + "  - {name: w2, role: worker, endpoint: 'tcp://10.0.0.1:9'}\n", []
        ),
        (
            "", nodes + "  - {name: w2, role: worker, endpoint: 'tcp://localhost:1'}\n",
            ["are one port if they are on one machine"]
        ),
        (
            "cluster: {keys: k}\n",
            nodes + "  - {name: w2, role: worker, endpoint: 'tcp://0.0.0.0:1'}\n",
            ["are one port if they are on one machine"]
        ),
        (
            "cluster: {keys: k}\n",
            nodes.replacing("tcp://127.0.0.1:4", with: "tcp://10.0.0.1:4")
                + "  - {name: a1, role: auth, endpoint: 'tcp://127.0.0.1:9'}\n",
            ["serves rest at tcp://10.0.0.1:4 unencrypted"]
        ),
        (
            "cluster: {keys: k}\nrest: {trusted_proxies: 10.0.0.2}\n",
            nodes.replacing("tcp://127.0.0.1:4", with: "tcp://10.0.0.1:4")
                + "  - {name: a1, role: auth, endpoint: 'tcp://127.0.0.1:9'}\n", []
        ),
        (
            "rest: {trusted_proxies: 10.0.0.2}\n",
            nodes.replacing(", rest: \"tcp://127.0.0.1:4\"", with: ""),
            ["rest.trusted_proxies is set, and no gateway serves rest"]
        ),
    ])
    func `may be better`(sections: String, nodes: String, expected: [String]) throws {
        let configuration = try configuration(sections + nodes)
        #expect(configuration.errors == [])
        let texts = configuration.file.advice.map(\.text)
        #expect(texts.count == expected.count, "\(texts)")
        for (text, part) in zip(texts, expected) { #expect(text.contains(part)) }
        for finding in configuration.file.advice {
            #expect(finding.severity == .warning && configuration.origin(of: finding.place) != nil)
        }
    }
}

@Suite struct `The files of a configuration` {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func file(_ text: String) throws -> ClusterFile {
        try ClusterConfiguration(
            path: directory.write(text, to: "c.yaml"), environment: [:]
        ).file
    }

    @Test func `are there, whole and for their owner only`() throws {
        let text =
            "cluster: {keys: k}\n" + nodes
            + "  - {name: a1, role: auth, endpoint: 'tcp://127.0.0.1:9'}\n"
        let file = try file(text)
        #expect(file.fileFindings().map(\.text).joined().contains("vectron keys generate --config"))
        let keys = directory.path + "/k"
        try KeyDirectory(path: keys).generate(for: file)
        #expect(file.fileFindings() == [])
        #expect(file.fileFindings(owned: ["w", "a1"]) == [])

        chmod(keys + "/g.secret", 0o644)
        try "nonsense".write(toFile: keys + "/auth-secret", atomically: false, encoding: .utf8)
        let loose = file.fileFindings().map(\.text)
        #expect(loose.count == 2, "\(loose)")
        #expect(loose[0].contains("chmod 600") && loose[1].contains("auth-secret"))
        // A machine needs the public keys of all and the secrets of its own.
        for name in ["g.secret", "w.secret", "auth-secret"] { unlink("\(keys)/\(name)") }
        #expect(file.fileFindings() == [])
        #expect(file.fileFindings(owned: ["w"]).map(\.text).joined().contains("no key of w"))
        #expect(file.fileFindings(owned: ["a1"]).map(\.text).joined().contains("auth-secret"))
        unlink(keys + "/w.pub")
        #expect(file.fileFindings().map(\.text).joined().contains("no key of w"))
    }

    @Test func `are found missing or loose`() throws {
        let file = try file(
            "rest: {certificate: c.pem, private_key: k.pem}\ndata: {directory: d}\n" + nodes)
        _ = try directory.write("", to: "d")
        #expect(
            file.fileFindings().map(\.place) == [
                .key("rest.certificate"), .key("rest.private_key"), .key("data.directory"),
            ])
        _ = try directory.write("", to: "c.pem")
        _ = try directory.write("", to: "k.pem")
        chmod(directory.path + "/k.pem", 0o640)
        let findings = file.fileFindings()
        #expect(findings.map(\.severity) == [.warning, .error])
        #expect(findings[0].text.contains("mode 0640"))
    }
}
