/// What the choices that devices shared say of a model's versions.
public struct ModelQuality: Sendable, Equatable {
    /// Name of the model.
    public var model: String
    /// Its versions, and the hold-out, as far as choices of their devices were shared.
    public var groups: [Group]

    /// Creates a reading.
    public init(model: String, groups: [Group]) { (self.model, self.groups) = (model, groups) }

    /// Devices that have the same version and, or not, personal weights.
    public struct Group: Sendable, Equatable {
        /// What they are to the model.
        public var role: Role
        /// The version that they have.
        public var version: String
        /// How their choices stood.
        public var sums: ChoiceSums

        /// Creates a group.
        public init(role: Role, version: String, sums: ChoiceSums) {
            (self.role, self.version, self.sums) = (role, version, sums)
        }
    }

    /// What devices are to the model.
    public enum Role: String, Sendable, CaseIterable {
        /// They have the current version.
        case current
        /// They have the candidate.
        case candidate
        /// They still have the version before.
        case previous
        /// They have the current version's base weights.
        case holdout
    }

    /// The groups of a model, of the arms that are released.
    init(_ model: String, _ releases: Releases, _ arms: [ChoiceArm: ChoiceSums]) {
        let known: [(Role, String?, Bool)] = [
            (.current, releases.current, false), (.candidate, releases.candidate?.version, false),
            (.previous, releases.previous, false), (.holdout, releases.current, true),
        ]
        self.init(
            model: model,
            groups: known.compactMap { role, version, isHeldOut in
                guard let version, let sums = arms[ChoiceArm(version: version, isHeldOut: isHeldOut)] else {
                    return nil
                }
                return Group(role: role, version: version, sums: sums)
            }
        )
    }

    /// The sums of a group; `nil` where none of its devices has shared a choice.
    func sums(_ role: Role) -> ChoiceSums? { groups.first { $0.role == role }?.sums }
}
