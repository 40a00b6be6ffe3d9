/// What of a device model is made for each device, where that is less than whole weights of its dynamic layers.
///
/// A form rewrites an architecture: its dynamic layers become static, and personal vectors or small layers join in, which leave the base
/// model's values as they are until somebody makes or learns others. See ``MetaNetwork/Architecture/personalized(as:rank:after:)``.
public enum PersonalForm: String, Codable, Sendable, CaseIterable {
    /// A vector is added to the value of each dynamic layer.
    case offset
    /// The value of each dynamic layer is scaled and shifted, `v + v ⊙ γ + β`; that of a model over vectors or images reads its input
    /// so too.
    case film
    /// `x·W + b + (s ⊙ (x·A + a))·B` for each dynamic layer without an activation: A and B are everybody's, s is one's own.
    case lowrank
    /// A vector is joined to the user's, and meets a table of its own that is joined to the items'.
    case vector
    /// A bottleneck is added to what some layers give, `v + relu(v·A + a)·B + b`; all of it is one's own (the patches of DCCL, arXiv
    /// 2104.06624). With B and b of zeros it adds nothing.
    case patch
}
