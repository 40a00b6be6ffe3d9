import Foundation
import Logging
import MetaNetworkWire
import ServiceLifecycle

/// Which apps get tokens, and which devices are refused; what stands in files is read again when they change.
struct AccessLists: Sendable {
    private let keys: @Sendable () -> AppKeys
    private let denied: @Sendable () -> Set<String>
    /// What reads the files again.
    let services: [any Service]

    /// - Throws: ``ConfigurationProblem`` where a file cannot be used.
    init(_ tokens: ServerConfiguration.Tokens, _ logger: Logger) throws {
        var services: [any Service] = []
        switch tokens.appKeys {
        case .these(let texts):
            let fixed = try AppKeys(texts)
            keys = { fixed }
        case .file(let file):
            let reloaded = try ReloadedFile(file, logger: logger, read: Self.appKeys)
            services.append(reloaded)
            keys = { reloaded.value }
        }
        if let file = tokens.denyFile {
            let reloaded = try ReloadedFile(file, logger: logger, read: Self.devices)
            services.append(reloaded)
            denied = { reloaded.value }
        } else {
            denied = { [] }
        }
        self.services = services
    }

    /// Whether an app that sends a key gets tokens.
    func admits(appKey: String) -> Bool { keys().contains(appKey) }

    /// Whether a device is refused, whatever it sends.
    func denies(device: String) -> Bool { denied().contains(device) }

    /// Reads app keys, one a line.
    static func appKeys(_ file: URL) throws -> AppKeys {
        do {
            let text = String(decoding: try SecretFile(file).contents(), as: UTF8.self)
            return try AppKeys(ListFile.entries(text).map(\.entry))
        } catch let error as SecretFile.Problem {
            throw ConfigurationProblem("the app keys \(error)")
        } catch let error as ConfigurationProblem {
            throw ConfigurationProblem("\(file.path): \(error)")
        }
    }

    /// Reads ids of devices, one a line.
    static func devices(_ file: URL) throws -> Set<String> {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw ConfigurationProblem(
                "\(file.path) cannot be read as a list of devices: \(error.localizedDescription)"
            )
        }
        let entries = ListFile.entries(text)
        if let bad = entries.first(where: { !ParametersRequest.isWord($0.entry) }) {
            throw ConfigurationProblem(
                "\(file.path), line \(bad.line): this is no device's id; give one a line, 8 to 64 letters, digits, - and _"
            )
        }
        return Set(entries.map(\.entry))
    }
}
