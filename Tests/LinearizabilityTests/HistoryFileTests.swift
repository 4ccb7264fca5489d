import Foundation
import Linearizability
import Testing

@Suite struct `A history file` {
    private func file(_ lines: String) throws -> HistoryFile {
        try HistoryFile(lines: Data(lines.utf8))
    }

    @Test func `is read key by key`() throws {
        let file = try file(
            """
            {"process":1,"op":"write","key":"b","value":"x","start_ns":0,"end_ns":5,"result":"ok"}
            {"process":2,"op":"read","key":7,"value":null,"start_ns":1,"end_ns":2,"result":"ok"}

            {"process":"p","op":"search","key":"b","value":"x","start_ns":6,"end_ns":8,"result":"ok"}
            {"process":1,"op":"delete","key":"b","start_ns":9,"end_ns":null,"result":"unknown"}
            {"process":1,"op":"write","key":"b","value":3,"start_ns":9,"end_ns":10,"result":"fail"}
            {"process":1,"op":"count","key":"b","value":3,"start_ns":9,"end_ns":10,"result":"ok"}
            """)
        #expect(file.operations.map(\.key) == ["7", "b"])
        #expect(file.operations[1].operations.map(\.id) == [1, 4, 5])
        #expect(file.operations[1].operations[1].output == .value("x"))
        #expect(file.operations[1].operations[2].output == nil)
        #expect(file.otherCount == 1)
    }

    @Test func `may hold any JSON as a value`() throws {
        let file = try file(
            """
            {"op":"write","key":"k","value":{"b":[1,null],"a":true},"start_ns":0,"end_ns":1,"result":"ok"}
            {"op":"read","key":"k","value":{"a":true,"b":[1,null]},"start_ns":2,"end_ns":3,"result":"ok"}
            """)
        let operations = try #require(file.operations.first).operations
        #expect(Checker(Register<String>()).check(operations).isLegal)
    }

    @Test(arguments: [
        #"{"op":"write","key":"k","start_ns":0,"end_ns":1,"result":"maybe"}"#,
        #"{"op":"write","key":"k","start_ns":5,"end_ns":1,"result":"ok"}"#,
        #"{"op":"write","key":"k","start_ns":5,"result":"ok"}"#,
        #"{"op":"read","key":"k","start_ns":0,"end_ns":1,"result":"mismatch"}"#,
        #"{"op":"read","key":"k""#,
        #"[]"#,
    ])
    func `with a line that makes no sense is refused`(line: String) {
        #expect {
            try file("\n" + line)
        } throws: { error in
            (error as? HistoryError)?.line == 2
        }
    }
}
