import Foundation

/// A change of releases: who made it, when, and what it was.
public struct ReleaseChange: Codable, Sendable, Equatable {
    /// What was done.
    public var action: Action
    /// The version that it was done with.
    public var version: String
    /// Share of the devices, for a candidate.
    public var share: Double?
    /// The version that was current before, or answered in the cloud.
    public var replaced: String?
    /// Who did it: `user@host`.
    public var by: String
    /// When, in seconds since 1970.
    public var time: Int
    /// Why, where a service did it by itself.
    public var reason: String?

    /// What was done: a word. Those that a reader does not know it shows and passes over.
    public struct Action: RawRepresentable, Codable, Sendable, Hashable {
        /// The word.
        public var rawValue: String

        /// Creates an action.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A version became current at once.
        public static let publish = Action(rawValue: "publish")
        /// A version became the candidate.
        public static let share = Action(rawValue: "share")
        /// The candidate became current.
        public static let promote = Action(rawValue: "promote")
        /// A version of before became current again.
        public static let rollback = Action(rawValue: "rollback")
        /// The candidate was dropped.
        public static let drop = Action(rawValue: "drop")
        /// A version became the larger model that answers in the cloud.
        public static let cloudModel = Action(rawValue: "cloud-model")
        /// A publisher signed what devices get anew.
        public static let sign = Action(rawValue: "sign")
        /// No larger model answers any more.
        public static let dropCloudModel = Action(rawValue: "drop-cloud-model")
    }
}

/// Who changes releases, and when.
public struct ReleaseEditor: Sendable {
    /// `user@host`.
    public var name: String
    /// Seconds since 1970.
    public var time: Int

    /// Names an editor.
    public init(name: String, time: Int) {
        self.name = name
        self.time = time
    }

    /// The user of this process, now.
    public static var current: ReleaseEditor {
        ReleaseEditor(name: "\(NSUserName())@\(Host.name)", time: Int(Date().timeIntervalSince1970))
    }
}

/// This machine.
enum Host {
    /// Its name, as far as it has one.
    static let name: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}

extension Releases {
    /// Changes that are kept.
    private static let historyLimit = 1000

    /// The releases after a change of others.
    ///
    /// - Parameters:
    ///   - old: The releases before; `nil` for a model's first version.
    ///   - action: What is done.
    ///   - version: With which version.
    ///   - share: Share of the devices, for a candidate.
    ///   - reason: Why, where nobody says it by doing it.
    ///   - editor: Who does it.
    init(
        after old: Releases?,
        _ action: ReleaseChange.Action,
        _ version: String,
        share: Double? = nil,
        because reason: String? = nil,
        by editor: ReleaseEditor
    ) {
        switch (action, old) {
        case (.share, let old?):
            guard let share else { preconditionFailure("a candidate has a share") }
            self = old
            candidate = Candidate(version: version, share: share)
        case (.drop, let old?):
            self = old
            candidate = nil
        case (.sign, let old?):
            self = old
        case (.cloudModel, let old?):
            self = old
            cloudModel = version
        case (.dropCloudModel, let old?):
            self = old
            cloudModel = nil
        default:
            self.init(current: version, previous: old?.current)
            cloudModel = old?.cloudModel
        }
        history = Self.known(old)
        history.append(
            ReleaseChange(
                action: action,
                version: version,
                share: share,
                replaced: action == .cloudModel ? old?.cloudModel : old?.current,
                by: editor.name,
                time: editor.time,
                reason: reason
            )
        )
        history.removeFirst(max(0, history.count - Self.historyLimit))
    }

    /// The history of releases; where an earlier version of the service kept none, what can be told of it.
    private static func known(_ releases: Releases?) -> [ReleaseChange] {
        guard let releases, releases.history.isEmpty else { return releases?.history ?? [] }
        return [
            ReleaseChange(
                action: .publish,
                version: releases.current,
                replaced: releases.previous,
                by: "unknown",
                time: 0
            )
        ]
    }

    /// How often the history has a change.
    func count(of change: ReleaseChange) -> Int { history.count { $0 == change } }

    /// The versions that were current one after the other, the present one last, without those that were rolled back from.
    var line: [String] {
        let changes = Self.known(self)
        var line = changes.first?.replaced.map { [$0] } ?? []
        for change in changes {
            switch change.action {
            case .publish, .promote: line.append(change.version)
            case .rollback:
                if let place = line.lastIndex(of: change.version) {
                    line.removeSubrange((place + 1)...)
                } else {
                    line.append(change.version)
                }
            default: break
            }
        }
        return line
    }
}
