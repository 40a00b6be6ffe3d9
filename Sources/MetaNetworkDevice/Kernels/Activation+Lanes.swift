import MetaNetwork

#if arch(x86_64)
import CWideLanes
#endif

extension Architecture.Activation {
    /// Applies the function to elements in place.
    @inline(__always)
    func apply(to row: UnsafeMutablePointer<Lanes>, lanes: Int) {
        switch self {
        case .identity: break
        case .tanh: tanh(row, lanes)
        case .relu: for lane in 0..<lanes { row[lane].replace(with: 0, where: row[lane] .< 0) }
        }
    }

    @inline(__always)
    private func tanh(_ row: UnsafeMutablePointer<Lanes>, _ lanes: Int) {
        #if arch(x86_64)
        if Lanes.areWide { return wide_lanes_tanh(row.elements, lanes) }
        #endif
        for lane in 0..<lanes { row[lane] = .tanh(row[lane]) }
    }
}
