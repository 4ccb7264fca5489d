import Gateway
import Protocols
import Testing

@Suite struct `A line of the audit log` {
    private static let line = #"""
        {"time":"2023-11-14T22:13:20Z","request":"r1","face":"rest","address":"10.0.0.1","user":"u","tenant":"t","credential":"key:k","operation":"createCollection","collection":"docs","subject":"a\nb","outcome":"done","suppressed":3}
        """#

    private func entry(_ text: String) throws -> AuditEntry {
        try AuditEntry(line: Array(text.utf8))
    }

    @Test func `is read with all that it has`() throws {
        let entry = try entry(Self.line)
        #expect(entry.time == Timestamp(1_700_000_000))
        #expect(entry.request == "r1" && entry.face == "rest" && entry.address == "10.0.0.1")
        #expect(entry.user == "u" && entry.tenant == "t" && entry.credential == "key:k")
        #expect(entry.operation == "createCollection" && entry.collection == "docs")
        #expect(entry.subject == "a\nb" && entry.outcome == "done" && entry.suppressedCount == 3)
    }

    @Test func `may have fields of newer releases`() throws {
        let entry = try entry(
            #"{"time":"2023-11-14T22:13:20Z","operation":"fly","new":1,"outcome":"done"}"#)
        #expect(entry.operation == "fly" && entry.user == nil)
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "null", "x", line + "x", String(line.dropLast()),
        #"{"time":"soon","operation":"login","outcome":"done"}"#,
        #"{"time":1,"operation":"login","outcome":"done"}"#,
        #"{"time":"2023-11-14T22:13:20Z","operation":"login"}"#,
    ])
    func `is refused if it is none`(text: String) {
        #expect(throws: AuditEntryError.self) { try entry(text) }
    }

    @Test func `is wanted by what it says`() throws {
        let entry = try entry(Self.line)
        func matches(_ change: (inout AuditFilter) -> Void) -> Bool {
            var filter = AuditFilter()
            change(&filter)
            return filter.matches(entry)
        }
        #expect(matches { _ in })
        #expect(matches { $0.users = ["x", "u"] } && !matches { $0.users = ["x"] })
        #expect(matches { $0.users = ["a\nb"] }, "about whom it is counts as well")
        #expect(matches { $0.keys = ["k"] } && !matches { $0.keys = ["key:k"] })
        #expect(matches { $0.operations = ["createCollection"] })
        #expect(!matches { $0.operations = ["login"] })
        #expect(matches { $0.collections = ["docs"] } && !matches { $0.collections = ["d"] })
        #expect(matches { $0.outcomes = [.done] } && !matches { $0.outcomes = [.failed] })
        #expect(matches { $0.outcomes = [.refused, .done] })
        #expect(matches { $0.since = entry.time } && !matches { $0.until = entry.time })
        #expect(!matches { $0.since = Timestamp(1_700_000_001) })
        #expect(
            !matches {
                $0.users = ["u"]
                $0.collections = ["other"]
            })
    }

    @Test func `tells refusals from other failures`() throws {
        for (code, isRefusal) in [
            ("permissionDenied", true), ("unauthenticated", true), ("notFound", false),
            ("somethingNew", false),
        ] {
            let entry = try entry(
                #"{"time":"2023-11-14T22:13:20Z","operation":"get","outcome":"\#(code)"}"#)
            var filter = AuditFilter()
            filter.outcomes = [.failed]
            #expect(filter.matches(entry))
            filter.outcomes = [.refused]
            #expect(filter.matches(entry) == isRefusal, "\(code)")
        }
        #expect(AuditFilter.Outcome("notFound") == .code(.notFound))
        #expect(AuditFilter.Outcome("nothing") == nil)
    }
}
