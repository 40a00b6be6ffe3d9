import Foundation
import MetaNetworkClient

/// What the command line says.
struct PhoneOptions {
    var server: URL
    var model: String
    var directory: URL
    var configuration: PersonalModel.Configuration
    private var titles: URL?

    /// Why the command line cannot be used, or what was asked for.
    struct Usage: Error {
        let message: String
    }

    private static let help = """
        usage: phone --model NAME [--server URL] [--bundle FOLDER] [--key ID=BASE64 --publisher ID=BASE64 | --unsigned]
                     [--titles FILE] [--directory FOLDER] [--every N] [--share]

          --model      the model's name
          --server     the service (http://127.0.0.1:8080)
          --bundle     a bundle that ships in the app: works without a server
          --key        the server's public key, as `metanetwork serve` prints it; without one no answer is believed
          --publisher  the publisher's public key, as `metanetwork keys new --publisher` prints it: no other model is run
          --unsigned   believe answers without looking at their signatures
          --titles     lines of raw id, tab and title, for example MovieLens in RecBole's .item
          --directory  where the phone keeps its model and samples (phone-data)
          --every      asks for new weights after so many samples (3)
          --share      sends what you choose to the service, for the next training

        METANETWORK_APP_KEY is exchanged for a token of this device. It is no option: everybody on the machine can read those.
        """

    init(_ arguments: [String]) throws {
        var values: [String: String] = [:]
        var rest = arguments[...]
        let known: Set = [
            "--model", "--server", "--bundle", "--key", "--publisher", "--titles", "--directory", "--every",
        ]
        var (isUnsigned, isSharing) = (false, false)
        while let name = rest.popFirst() {
            if name == "--unsigned" {
                isUnsigned = true
                continue
            }
            if name == "--share" {
                isSharing = true
                continue
            }
            guard known.contains(name), let value = rest.popFirst() else { throw Usage(message: Self.help) }
            values[name] = value
        }
        guard let model = values["--model"], let server = URL(string: values["--server"] ?? "http://127.0.0.1:8080"),
            let every = Int(values["--every"] ?? "3")
        else { throw Usage(message: Self.help) }
        guard values["--server"] == nil || (values["--key"] == nil) == isUnsigned,
            (values["--publisher"] == nil) == isUnsigned
        else {
            throw Usage(
                message:
                    "a server needs --key and --publisher ID=BASE64, or --unsigned to believe whatever it sends\n\n\(Self.help)"
            )
        }
        self.model = model
        self.server = server
        directory = URL(fileURLWithPath: values["--directory"] ?? "phone-data")
        titles = values["--titles"].map { URL(fileURLWithPath: $0) }
        configuration = PersonalModel.Configuration(
            trust: isUnsigned ? .unsigned : try Self.trust(values["--key"], values["--publisher"])
        )
        configuration.bundle = values["--bundle"].map { URL(fileURLWithPath: $0) }
        configuration.policy = EverySamples(every)
        configuration.sharesSamples = isSharing
        if let key = ProcessInfo.processInfo.environment["METANETWORK_APP_KEY"] {
            configuration.credentials = .appKey(key)
        }
    }

    /// The title of each raw id; none without a file.
    func readTitles() throws -> [String: String] {
        guard let titles else { return [:] }
        var byID: [String: String] = [:]
        for line in try String(contentsOf: titles, encoding: .utf8).split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            if fields.count > 1 { byID[String(fields[0])] = String(fields[1]) }
        }
        return byID
    }

    private static func trust(_ key: String?, _ publisher: String?) throws -> Trust {
        // The bundle in the app needs no key; answers without one are not believed.
        .keys(try [key].compactMap(\.self).map(pinned), publishers: try [publisher].compactMap(\.self).map(pinned))
    }

    private static func pinned(_ text: String) throws -> PinnedKey {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw Usage(message: help) }
        return try PinnedKey(id: parts[0], base64: parts[1])
    }
}
