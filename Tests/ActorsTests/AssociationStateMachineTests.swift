import Actors
import Primitives
import Testing

/// An association whose time the test moves.
private struct Script {
    static let timing = AssociationStateMachine.Timing(
        connectTimeout: .seconds(2), reconnectPause: .seconds(1), heartbeatInterval: .seconds(1),
        heartbeatTimeout: .seconds(5))
    var machine = AssociationStateMachine(node: "b", timing: timing)
    var now = ContinuousClock.now
    private var heard: [UInt64: ContinuousClock.Instant] = [:]

    static let old = Peer(node: "b", incarnation: 1, endpoint: nil)
    static let new = Peer(node: "b", incarnation: 2, endpoint: nil)

    mutating func callAsFunction(
        _ input: AssociationStateMachine.Input, after pause: Duration = .zero
    ) -> [AssociationStateMachine.Effect] {
        now = now.advanced(by: pause)
        return machine.step(input, at: now)
    }

    /// Something came on a link, which the next tick will tell.
    mutating func hear(_ link: UInt64, after pause: Duration = .zero) {
        now = now.advanced(by: pause)
        heard[link] = now
    }

    mutating func tick(after pause: Duration = .zero) -> [AssociationStateMachine.Effect] {
        self(.tick(lastHeard: heard), after: pause)
    }

    /// Connected by a control link and a bulk link that this end opened.
    static func up() -> Script {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        _ = script(.welcomed(1, .control, old))
        _ = script(.dialing(2, .bulk))
        _ = script(.welcomed(2, .bulk, old))
        return script
    }
}

@Suite struct `An association` {
    @Test func `dials a control link first`() {
        var script = Script()
        #expect(script(.connect(endpoint: "tcp://b:1")) == [.dial("tcp://b:1", .control)])
        #expect(script.machine.state == .connecting(since: script.now))
    }

    @Test func `dials once for many who want to send`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        #expect(script(.connect(endpoint: "tcp://b:1")) == [])
    }

    @Test func `without an endpoint is unreachable`() {
        var script = Script()
        let effects = script(.connect(endpoint: nil))
        guard effects.count == 1, case .unreachable = effects[0] else {
            Issue.record("\(effects)")
            return
        }
        #expect(script.machine.state == .idle)
    }

    @Test func `is up after the welcome, and then opens the bulk link`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        #expect(script.machine.link(for: .control) == nil)
        #expect(
            script(.welcomed(1, .control, Script.old))
                == [.established(Script.old), .dial("tcp://b:1", .bulk)])
        #expect(script.machine.link(for: .control) == 1)
    }

    @Test func `sends large messages on the control link until the bulk link is ready`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        _ = script(.welcomed(1, .control, Script.old))
        _ = script(.dialing(2, .bulk))
        #expect(script.machine.link(for: .bulk) == 1)
        _ = script(.welcomed(2, .bulk, Script.old))
        #expect(script.machine.link(for: .bulk) == 2)
        #expect(script.machine.link(for: .control) == 1)
    }

    @Test func `is up when the peer has greeted, without dialling`() {
        var script = Script()
        #expect(script(.greeted(9, .control, Script.old)) == [.established(Script.old)])
        #expect(script.machine.link(for: .bulk) == 9)
    }

    @Test func `is not up by a bulk link alone`() {
        var script = Script()
        #expect(script(.greeted(9, .bulk, Script.old)) == [])
        #expect(script.machine.link(for: .bulk) == nil)
    }

    @Test func `keeps both links when both ends dial at once`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        #expect(script(.greeted(9, .control, Script.old)) == [.established(Script.old)])
        #expect(script(.welcomed(1, .control, Script.old)) == [])
        #expect(script.machine.link(for: .control) == 1)
    }

    @Test func `stays up while one control link is left`() {
        var script = Script.up()
        _ = script(.greeted(9, .control, Script.old))
        #expect(script(.closed(1, reason: "cut")) == [.linkLost(1, reason: "cut")])
        #expect(script.machine.link(for: .control) == 9)
    }

    @Test func `is lost with its last control link, and all its links with it`() {
        var script = Script.up()
        #expect(
            script(.closed(1, reason: "cut")) == [
                .linkLost(1, reason: "cut"), .linkLost(2, reason: "cut"), .close(2),
                .peerLost(Script.old, reason: "cut"),
            ])
        #expect(script.machine.state == .idle)
        #expect(script.machine.links.isEmpty)
    }

    @Test func `survives the loss of its bulk link`() {
        var script = Script.up()
        #expect(script(.closed(2, reason: "cut")) == [.linkLost(2, reason: "cut")])
        #expect(script.machine.link(for: .bulk) == 1)
    }

    @Test func `loses the old life when the peer has restarted`() {
        var script = Script.up()
        #expect(
            script(.greeted(9, .control, Script.new)) == [
                .linkLost(1, reason: "it has restarted"), .close(1),
                .linkLost(2, reason: "it has restarted"), .close(2),
                .peerLost(Script.old, reason: "it has restarted"), .established(Script.new),
            ])
        #expect(script.machine.state == .up(Script.new))
        #expect(script.machine.link(for: .control) == 9)
    }

    @Test func `loses the old life even if the new one's bulk link comes first`() {
        var script = Script.up()
        _ = script(.greeted(8, .bulk, Script.new))
        #expect(script.machine.link(for: .control) == nil)
        #expect(script(.greeted(9, .control, Script.new)) == [.established(Script.new)])
        #expect(script.machine.link(for: .bulk) == 8)
    }

    @Test func `never uses a bulk link of an earlier life`() {
        var script = Script()
        _ = script(.greeted(8, .bulk, Script.old))
        _ = script(.greeted(9, .control, Script.new))
        #expect(script.machine.link(for: .bulk) == 9)
    }

    @Test func `pauses after a refusal, fails at once meanwhile, and then dials again`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        #expect(script(.refused(1, reason: "no")) == [.unreachable(reason: "no"), .close(1)])
        #expect(
            script(.connect(endpoint: "tcp://b:1"), after: .milliseconds(999))
                == [.unreachable(reason: "no")])
        #expect(
            script(.connect(endpoint: "tcp://b:1"), after: .milliseconds(1))
                == [.dial("tcp://b:1", .control)])
    }

    @Test func `pauses when the dial itself fails`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        #expect(
            script.machine.dialFailed(.control, reason: "no route", at: script.now)
                == [.unreachable(reason: "no route")])
    }

    @Test func `does not mind that the bulk link cannot be dialled`() {
        var script = Script.up()
        #expect(script.machine.dialFailed(.bulk, reason: "no route", at: script.now) == [])
        #expect(script.machine.link(for: .control) == 1)
    }

    @Test func `gives a dial up that is not answered in time`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        #expect(script.tick(after: .milliseconds(1_999)) == [])
        let effects = script.tick(after: .milliseconds(1))
        guard effects.count == 2, effects[0] == .close(1), case .unreachable = effects[1] else {
            Issue.record("\(effects)")
            return
        }
    }

    @Test func `takes a greeting while it pauses`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        _ = script(.closed(1, reason: "cut"))
        #expect(script(.greeted(9, .control, Script.old)) == [.established(Script.old)])
    }

    @Test func `gives a bulk dial up that is not answered in time`() {
        var script = Script()
        _ = script(.connect(endpoint: "tcp://b:1"))
        _ = script(.dialing(1, .control))
        _ = script(.welcomed(1, .control, Script.old))
        _ = script(.dialing(2, .bulk))
        script.hear(1, after: .seconds(2))
        #expect(script.tick().contains(.close(2)))
        #expect(script.machine.links[2] == nil)
        #expect(script.machine.state == .up(Script.old))
    }

    @Test func `asks a silent peer once an interval, on each link`() {
        var script = Script.up()
        #expect(script.tick(after: .milliseconds(999)) == [])
        #expect(script.tick(after: .milliseconds(1)) == [.ping(1), .ping(2)])
        #expect(script.tick(after: .milliseconds(500)) == [])
        #expect(script.tick(after: .milliseconds(500)) == [.ping(1), .ping(2)])
    }

    @Test func `asks only on the link that is silent`() {
        var script = Script.up()
        script.hear(1, after: .milliseconds(600))
        #expect(script.tick(after: .milliseconds(400)) == [.ping(2)])
    }

    @Test func `is lost when a link has been silent for too long`() {
        var script = Script.up()
        script.hear(2, after: .seconds(3))
        #expect(script.tick(after: .milliseconds(1_999)).allSatisfy { $0.isPing })
        let effects = script.tick(after: .milliseconds(1))
        #expect(effects.contains { if case .peerLost = $0 { true } else { false } })
        #expect(script.machine.state == .idle)
    }

    @Test func `forgets what it hears of links that it does not have`() {
        var script = Script.up()
        script.hear(77)
        #expect(script.tick() == [])
        #expect(script(.closed(77, reason: "cut")) == [])
        #expect(script.machine.links.keys.sorted() == [1, 2])
    }

    /// A tick that is due must do something, or the driver would spin.
    @Test(arguments: UInt64(0)..<50)
    func `always asks for its next tick later than now`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var script = Script()
        var nextLink: UInt64 = 1
        for _ in 0..<200 {
            let link = UInt64.random(in: 1...max(1, nextLink), using: &generator)
            let lane: Lane = Bool.random(using: &generator) ? .control : .bulk
            let peer = Int.random(in: 0..<8, using: &generator) == 0 ? Script.new : Script.old
            let input: AssociationStateMachine.Input
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: input = .connect(endpoint: "tcp://b:1")
            case 1:
                nextLink += 1
                input = .dialing(nextLink, lane)
            case 2:
                guard let dialled = script.machine.links[link], !dialled.isReady else { continue }
                input = .welcomed(link, dialled.lane, peer)
            case 3:
                nextLink += 1
                input = .greeted(nextLink, lane, peer)
            case 4: input = .closed(link, reason: "cut")
            case 5:
                script.hear(link)
                continue
            default: input = .refused(link, reason: "no")
            }
            _ = script(
                input, after: .milliseconds(Int.random(in: 0..<1_500, using: &generator)))
            _ = script.tick()
            if let next = script.machine.nextTick {
                #expect(next > script.now)
                if next <= script.now { return }
            }
            if case .up = script.machine.state {
                #expect(script.machine.link(for: .control) != nil)
            } else {
                #expect(script.machine.link(for: .control) == nil)
            }
        }
    }

    @Test func `gives the same effects for the same inputs`() {
        var (one, other) = (Script.up(), Script.up())
        other.now = one.now
        other.machine = one.machine
        for _ in 0..<20 {
            #expect(
                one.tick(after: .milliseconds(700)) == other.tick(after: .milliseconds(700)))
        }
    }
}

extension AssociationStateMachine.Effect {
    fileprivate var isPing: Bool { if case .ping = self { true } else { false } }
}
