import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("A bundle's check in a process of its own")
struct ChildProcessCheckTests {
    private let folder = FileManager.default.temporaryDirectory

    private func reason(_ script: String, timeout: Duration = .seconds(60)) async -> String? {
        do {
            let check = ChildProcessCheck(URL(fileURLWithPath: "/bin/sh"), ["-c", script], timeout: timeout)
            try await check.check(folder)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("passes where it ends well, and is given the bundle's folder")
    func good() async {
        #expect(await reason("exit 0") == nil)
        #expect(await reason("test -d \"$0\"") == nil)
    }

    @Test("refuses where it crashes, fails, hangs or cannot be started, with the reason; the service lives on")
    func refusals() async {
        #expect(await reason("kill -ILL $$")?.contains("signal 4") == true)
        #expect(await reason("kill -KILL $$")?.contains("signal 9") == true)
        #expect(
            await reason("echo bundle: no such tensor >&2; exit 2")
                == "its check failed with status 2: bundle: no such tensor"
        )
        let start = ContinuousClock.now
        #expect(await reason("exec sleep 60", timeout: .milliseconds(200))?.contains("took longer than") == true)
        #expect(ContinuousClock.now - start < .seconds(30))
        // More than a pipe holds.
        #expect(await reason("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1")?.utf8.count ?? 0 < 1000)
        let nowhere = ChildProcessCheck(URL(fileURLWithPath: "/nowhere/tool"), [], timeout: .seconds(5))
        await #expect(throws: RegistryError.self) { try await nowhere.check(folder) }
    }

    @Test("ends with the service that waits for it")
    func cancelled() async {
        let check = ChildProcessCheck(URL(fileURLWithPath: "/bin/sh"), ["-c", "exec sleep 60"], timeout: .seconds(60))
        let start = ContinuousClock.now
        let waiting = Task { try await check.check(folder) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
