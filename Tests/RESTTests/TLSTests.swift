import Foundation
import Logging
import REST
import ServiceLifecycle
import Testing

@Suite struct `The TLS certificate` {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("vectron-tls-\(UUID().uuidString)").path
    private var files: TLSFiles {
        TLSFiles(certificate: directory + "/c.pem", privateKey: directory + "/k.pem")
    }

    private func write(_ certificate: String, _ key: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try certificate.write(toFile: files.certificate, atomically: true, encoding: .utf8)
        try key.write(toFile: files.privateKey, atomically: true, encoding: .utf8)
    }

    @Test func `is read again when it changes, and stays when the new one is wrong`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(Pair.first.certificate, Pair.first.key)
        let tls = try ReloadingTLS(files, logger: .quiet)
        tls.reloadIfChanged()
        #expect(tls.loadCount == 1)
        try write(Pair.second.certificate, Pair.second.key)
        tls.reloadIfChanged()
        #expect(tls.loadCount == 2)
        try write("no certificate", Pair.second.key)
        tls.reloadIfChanged()
        // A key of another certificate is no better.
        try write(Pair.first.certificate, Pair.second.key)
        tls.reloadIfChanged()
        #expect(tls.loadCount == 2)
        try write(Pair.first.certificate, Pair.first.key)
        tls.reloadIfChanged()
        #expect(tls.loadCount == 3)
    }

    @Test(.timeLimit(.minutes(1))) func `is no hindrance to the end`() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(Pair.first.certificate, Pair.first.key)
        let tls = try ReloadingTLS(files, logger: .quiet)
        let group = ServiceGroup(services: [tls], logger: .quiet)
        async let end: Void = group.run()
        await group.triggerGracefulShutdown()
        try await end
    }

    @Test func `must be there at the start`() {
        #expect(throws: (any Error).self) { try ReloadingTLS(files, logger: .quiet) }
    }
}

/// Certificates that nobody trusts, with their keys, for tests only.
private struct Pair {
    var certificate: String
    var key: String

    static let first = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBdzCCAR2gAwIBAgIUboFwySEDj9T4s/UF9s2uYsQh2kowCgYIKoZIzj0EAwIw
            EDEOMAwGA1UEAwwFdGVzdDEwIBcNMjYxMTI1MTk1NjU2WhgPMjEyNjExMDExOTU2
            NTZaMBAxDjAMBgNVBAMMBXRlc3QxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            lyW9mfpPBUBvwoCi/rS1muanzUDUTlDQ4FL6QPuQ8gjudq8XEpKxyRo7sP0IFfNW
            LKCiENuNj0LhUaqWP3FwVqNTMFEwHQYDVR0OBBYEFF1/OzuzfV5yn6J6w2uk0ezH
            d7PQMB8GA1UdIwQYMBaAFF1/OzuzfV5yn6J6w2uk0ezHd7PQMA8GA1UdEwEB/wQF
            MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgJAKbLfVfU3lJ60xvWvonBz9VV+I8C5cM
            EWpsmsYjVKsCIQDYgFrDazTeNiHPfqDfHCeXLJVS/3adtth6EAmuVB0Tow==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIxnoNkHwtt2pvBMR
            SZTckAWw6Of6gRSUpnG+3FbgMiShRANCAASXJb2Z+k8FQG/CgKL+tLWa5qfNQNRO
            UNDgUvpA+5DyCO52rxcSkrHJGjuw/QgV81YsoKIQ242PQuFRqpY/cXBW
            -----END PRIVATE KEY-----
            """)
    static let second = Pair(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBdjCCAR2gAwIBAgIUGq7j7lGGCqFgmHCMS2iAXSULlcIwCgYIKoZIzj0EAwIw
            EDEOMAwGA1UEAwwFdGVzdDIwIBcNMjYxMTI1MTk1NjU2WhgPMjEyNjExMDExOTU2
            NTZaMBAxDjAMBgNVBAMMBXRlc3QyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            sfMFuVtI3UT3BM1N+95GDMzGSeVewJwAtHQDr+wZmR276Sq1g3V0VK1HTybw0z/r
            UHdpsId2lMlEXWA7s1JM56NTMFEwHQYDVR0OBBYEFF0cwhh7uqBdIKbceDJLCevL
            GWgCMB8GA1UdIwQYMBaAFF0cwhh7uqBdIKbceDJLCevLGWgCMA8GA1UdEwEB/wQF
            MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgTiAg0B6kE1Ue0QbrCOswEqhgLDAQK8gC
            EMEdTGXG/rcCIF3ryP7BvjB5xGbAzJ5lYRovk2HMcFQDQkNtS9BRJt5H
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdwuQh+s///iupy9F
            E1IJiNrFiQ77XU62Bg1supfEtEGhRANCAASx8wW5W0jdRPcEzU373kYMzMZJ5V7A
            nAC0dAOv7BmZHbvpKrWDdXRUrUdPJvDTP+tQd2mwh3aUyURdYDuzUkzn
            -----END PRIVATE KEY-----
            """)
}
