/// Who says what a row is, beside its label, where the cloud's base is trained further.
package enum DistillingTeacher: Sendable {
    /// The model of the row's device, which learned a code.
    case devices
    /// A control: the base as it was, without what devices learned.
    case cloud
    /// Nobody: rows alone, as in plain incremental training.
    case nobody
}
