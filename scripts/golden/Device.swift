import Foundation
import MetaNetworkClient

/// A device for scripts/record-golden.
///
/// Arguments: what it does (movies or codes), the server, the key as ID=BASE64, the app's key, the folder. Prints what came of it as JSON.
@main
enum Device {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let parts = arguments[3].split(separator: "=", maxSplits: 1).map(String.init)
        guard let server = URL(string: arguments[2]) else { throw URLError(.badURL) }
        var configuration = PersonalModel.Configuration(
            trust: .keys([try PinnedKey(id: parts[0], base64: parts[1])], publishers: [])
        )
        configuration.credentials = .appKey(arguments[4])
        configuration.policy = AnyOf([])
        let directory = URL(fileURLWithPath: arguments[5])
        let result =
            arguments[1] == "codes"
            ? try await Codes.run(server, directory: directory, configuration)
            : try await Movies.run(server, directory: directory, configuration)
        print(String(decoding: result, as: UTF8.self))
    }

    static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(value)
    }
}
