/// Whether letting the cloud answer can pay, which is to be looked at before anything else. All are shares from 0 to 1.
package struct Prospects {
    /// Inputs on which the two models disagree.
    let disagreement: Double
    /// Of those, the ones that the cloud has right.
    let cloudRight: Double
    /// Of those, the ones that the device has right.
    let deviceRight: Double
    /// Of all inputs, those that the device alone has right, without which no mix can be better than the cloud.
    let deviceAloneRight: Double

    /// As measures of a run.
    var measures: [String: Double] {
        [
            "disagreement": disagreement, "cloud-right": cloudRight, "device-right": deviceRight,
            "device-alone-right": deviceAloneRight,
        ]
    }

    /// In words, with a warning where deferring cannot pay.
    package var text: String {
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
        let text =
            "on validation the models disagree on \(percent(disagreement)) of the inputs; of these the cloud has "
            + "\(percent(cloudRight)) right and the device \(percent(deviceRight)); the device alone has "
            + "\(percent(deviceAloneRight)) of all right"
        guard cloudRight <= deviceRight else { return text }
        return text
            + "\nwarning: where they disagree the cloud is right no more often than the device: letting it answer does not pay"
    }
}
