import Foundation

extension ModelFolder {
    /// The stored sets of personal weights, the newest first; files that are damaged are set aside.
    ///
    /// - Returns: The sets, and the names of damaged files.
    func personalSets() -> (sets: [StoredParameters], damaged: [String]) {
        var sets: [StoredParameters] = []
        var damaged: [String] = []
        for number in personalNumbers().reversed() {
            let url = personal.appendingPathComponent(String(number))
            let data = try? SealedFile.read(url, limit: 2 * limits.parametersBytes)
            if let set = data.flatMap({ StoredParameters($0) }) {
                sets.append(set)
            } else {
                setAside(url)
                damaged.append(url.lastPathComponent)
            }
        }
        return (sets, damaged)
    }

    /// Stores a set under the next number; older ones than the last two go.
    func keep(_ parameters: StoredParameters) throws {
        try lock.locked {
            let numbers = personalNumbers()
            let next = (numbers.last ?? 0) + 1
            try SealedFile.write(try parameters.encoded(), to: personal.appendingPathComponent(String(next)))
            for number in numbers.dropLast(Self.kept - 1) {
                try? FileManager.default.removeItem(at: personal.appendingPathComponent(String(number)))
            }
        }
    }

    /// Numbers of the stored sets, ascending. A name that no set of ours can have is not read.
    private func personalNumbers() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: personal.path)) ?? []
        return names.compactMap { UInt32($0) }.map(Int.init).sorted()
    }
}
