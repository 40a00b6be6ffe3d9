import MetaNetwork
import MetaNetworkModels
import MetaNetworkTraining

/// The base made so wide that it has as many parameters as base and generator together: what the generator's size alone would buy.
struct MatchedArchitecture {
    let architecture: Architecture

    /// Widens until the parameters are as many, and no wider.
    ///
    /// - Parameters:
    ///   - template: The base and the generator's sizes; candidates of a stabilizer count once, as they are joined in the end.
    ///   - itemCount: Number of items in the catalogue.
    /// - Throws: ``ArchitectureError`` or ``ModelError`` where the template is no valid model.
    init(_ template: TrainingConfiguration, itemCount: Int) throws {
        var joint = template
        joint.generator?.form = .residual
        let wanted = try joint.parameterCount(itemCount: itemCount)
        func count(_ factor: Double) throws -> Int {
            try ModelGraph(template.architecture.widened(by: factor), itemCount: itemCount).parameters
                .reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        var (low, high) = (1.0, 2.0)
        while try count(high) < wanted { (low, high) = (high, high * 2) }
        while high - low > 0.01 {
            let middle = (low + high) / 2
            if try count(middle) < wanted { low = middle } else { high = middle }
        }
        architecture = template.architecture.widened(by: high)
    }
}
