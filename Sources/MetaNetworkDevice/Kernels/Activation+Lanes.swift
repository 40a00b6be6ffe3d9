import MetaNetwork

extension Architecture.Activation {
    /// Applies the function to elements in place.
    @inline(__always)
    func apply(to row: UnsafeMutablePointer<Lanes>, lanes: Int) {
        switch self {
        case .identity: break
        case .tanh: for lane in 0..<lanes { row[lane] = .tanh(row[lane]) }
        case .relu: for lane in 0..<lanes { row[lane].replace(with: 0, where: row[lane] .< 0) }
        }
    }
}
