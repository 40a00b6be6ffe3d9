import Foundation
import TOMLKit
import Yams

/// A file of flat settings in YAML or TOML, every value as text.
enum SettingsFile {
    static func read(_ url: URL) throws -> [(key: String, value: String)] {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw ConfigurationError("configuration file \(url.path) cannot be read; check the path")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ConfigurationError("configuration file \(url.path) is not UTF-8; save it as UTF-8")
        }
        do {
            return switch url.pathExtension.lowercased() {
            case "yaml", "yml": try yaml(text, url)
            case "toml": try toml(text, url)
            default:
                throw ConfigurationError("configuration file \(url.path): name it .yaml, .yml or .toml")
            }
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("configuration file \(url.path) is malformed: \(error)")
        }
    }

    private static func yaml(_ text: String, _ url: URL) throws -> [(key: String, value: String)] {
        guard let node = try Yams.compose(yaml: text) else { return [] }
        guard let mapping = node.mapping else { throw flat("the file", url) }
        return try mapping.map { key, value in
            guard let name = key.string, let scalar = value.scalar?.string else {
                throw flat("'\(key.string ?? "?")'", url)
            }
            return (name, scalar)
        }
    }

    private static func toml(_ text: String, _ url: URL) throws -> [(key: String, value: String)] {
        let table = try TOMLTable(string: text)
        return try table.keys.map { key in
            let value = table[key]
            if let text = value?.string { return (key, text) }
            if let number = value?.int { return (key, "\(number)") }
            if let number = value?.double { return (key, "\(number)") }
            if let flag = value?.bool { return (key, "\(flag)") }
            throw flat("'\(key)'", url)
        }
    }

    private static func flat(_ what: String, _ url: URL) -> ConfigurationError {
        ConfigurationError("configuration file \(url.path): \(what) must be one value a setting, like \"epochs: 30\"")
    }
}
