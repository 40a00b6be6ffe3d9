let candidates = CommandLine.arguments.dropFirst().compactMap { Int($0) }
print(candidates)
