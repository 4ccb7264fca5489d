import MessagePack
import Protocols
import Testing

@Suite struct `A right` {
    private let reading = Scope(.read, on: .named(["a", "b"]))

    @Test func `has those below it`() {
        #expect([Scope(.manage)].allow(.write, on: "a"))
        #expect(![reading].allow(.write, on: "a"))
        #expect([reading].allow(.read, on: "b"))
        #expect(![reading].allow(.read, on: "c"))
        #expect(![reading].allowOnAll(.read))
        #expect(![Scope]().allow(.read, on: "a"))
    }

    @Test func `of no collection is none`() {
        #expect(![Scope(.manage, on: .named([]))].allow(.read, on: ""))
    }

    @Test func `and another have in common what both allow`() {
        let writing = Scope(.write, on: .named(["b", "c"]))
        #expect([reading].intersection([writing]) == [Scope(.read, on: .named(["b"]))])
        #expect([Scope(.write)].intersection([reading]) == [reading])
        #expect([reading].intersection([Scope(.manage, on: .named(["c"]))]) == [])
    }

    @Test func `is the same after being written`() throws {
        for scope in [reading, Scope(.manage), Scope(.write, on: .named([]))] {
            let bytes = try MessagePackEncoder().encode(scope).copiedBytes()
            #expect(try MessagePackDecoder().decode(Scope.self, from: bytes) == scope)
        }
    }
}

@Suite struct `A plan` {
    @Test(arguments: Plan.builtIn) func `is the same after being written`(plan: Plan) throws {
        let bytes = try MessagePackEncoder().encode(plan).copiedBytes()
        #expect(try MessagePackDecoder().decode(Plan.self, from: bytes) == plan)
    }

    @Test func `allows up to its limit`() {
        #expect(PlanLimit.atMost(3).allows(3))
        #expect(!PlanLimit.atMost(3).allows(4))
        #expect(PlanLimit.unlimited.allows(.max))
    }

    @Test func `has no negative limit`() throws {
        let bytes = try MessagePackEncoder().encode(-1).copiedBytes()
        #expect(throws: (any Error).self) {
            try MessagePackDecoder().decode(PlanLimit.self, from: bytes)
        }
    }
}

@Suite struct `A secret` {
    @Test func `is not shown by whatever holds it`() {
        let shown: [Any] = [
            Secret("hunter2"), Credential.apiKey("hunter2"), Credential.accessToken("hunter2"),
            LoginRequest(name: "a", password: Secret("hunter2")),
            RegisterRequest(
                proof: .admin(.apiKey("hunter2")), name: "a", password: Secret("hunter2")),
        ]
        for value in shown {
            var dumped = ""
            dump(value, to: &dumped)
            #expect(!"\(value)\(String(reflecting: value))\(dumped)".contains("hunter2"))
        }
    }
}
