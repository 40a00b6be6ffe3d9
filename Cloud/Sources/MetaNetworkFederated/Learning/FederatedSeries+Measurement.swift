import MetaNetworkData
import Torch

extension FederatedSeries {
    /// How good forecasts are: squared error in units of each series' own deviation. Of the test also the absolute error, and the squared
    /// error of the part that settings are chosen by.
    ///
    /// - Parameters:
    ///   - part: What is measured.
    ///   - forecasts: Makes those of all windows of a part of time, one after the other.
    func measurement(of part: ExamplePart, _ forecasts: (Part) throws -> [Float]) rethrows -> Measurement {
        guard part == .test else {
            return Measurement(loss: errors(of: try forecasts(.training), .training).squared, metrics: [:])
        }
        let test = errors(of: try forecasts(.test), .test)
        let validation = errors(of: try forecasts(.validation), .validation)
        return Measurement(
            loss: test.squared,
            metrics: ["mse": test.squared, "mae": test.absolute, "validation-mse": validation.squared]
        )
    }

    private func errors(of forecasts: [Float], _ part: Part) -> (squared: Double, absolute: Double) {
        let right = windows(part).examples.targets
        var (squared, absolute) = (0.0, 0.0)
        for (forecast, target) in zip(forecasts, right) {
            let difference = Double(forecast) - Double(target)
            squared += difference * difference
            absolute += abs(difference)
        }
        let count = Double(max(1, right.count))
        return (squared / count, absolute / count)
    }
}
