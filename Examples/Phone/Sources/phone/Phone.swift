import Foundation
import MetaNetworkClient

/// The command: opens a model, shows the best items, and again after each item that is chosen.
@main
enum Phone {
    static func main() async {
        do {
            let options = try PhoneOptions(Array(CommandLine.arguments.dropFirst()))
            var configuration = options.configuration
            configuration.whileOpening = { print("  \(text($0))") }
            let model = try await PersonalModel(
                server: options.server,
                model: options.model,
                directory: options.directory,
                configuration: configuration
            )
            let following = Task {
                for await state in await model.states { print("  \(text(state))") }
            }
            await Shop(model: model, titles: try options.readTitles()).open()
            following.cancel()
        } catch let error as PhoneOptions.Usage {
            print(error.message)
            exit(64)
        } catch {
            print("phone: \(error)")
            exit(1)
        }
    }

    private static func text(_ download: PersonalModel.Download) -> String {
        "[fetching the model: \(download.received) of \(download.total) bytes]"
    }

    private static func text(_ state: PersonalModel.State) -> String {
        switch state {
        case .base: "[base model]"
        case .personal(let age): "[personal, \(age.samples) samples and \(age.seconds) s old]"
        case .guarded(let age): "[base model, as weights \(age.samples) samples old foresaw less of what you chose]"
        case .retired(let age): "[base model, as the weights are \(age.samples) samples and \(age.seconds) s old]"
        case .refreshing: "[asking for new weights]"
        case .fetching(let download): text(download)
        case .waiting(let download): "[a new model of \(download.total) bytes waits for another network]"
        case .offline(let reason): "[offline: \(reason)]"
        case .notice(let reason): "[\(reason)]"
        }
    }
}
