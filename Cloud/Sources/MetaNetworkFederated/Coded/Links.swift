import MetaNetwork
import MetaNetworkData

/// How devices are linked.
public enum Links: Sendable, Equatable {
    /// All with all.
    case full
    /// At random places, with so many links on average.
    case geometric(Double)
    /// As a file says.
    case file(String)

    /// - Parameter text: `full`, `geometric-6`, or the name or path of a file.
    /// - Throws: ``FederatedError`` for a number of links that cannot be.
    public init(_ text: String) throws(FederatedError) {
        if text == "full" {
            self = .full
        } else if text.hasPrefix("geometric-") {
            guard let degree = Double(text.dropFirst(10)), degree > 0, degree <= 1e6 else {
                throw FederatedError(
                    "graph '\(text)': geometric-N has N links of a device on average, a number above 0"
                )
            }
            self = .geometric(degree)
        } else {
            self = .file(text)
        }
    }

    func graph(_ count: Int, names: [String], seed: UInt64) throws -> DeviceGraph {
        switch self {
        case .full: .full(count)
        case .geometric(let degree): .geometric(count, degree: degree, Sources(seed: seed))
        case .file(let name): try DeviceGraph(contentsOf: DataCatalog.resolve(name), names: names)
        }
    }
}
