/// Places for devices of which only the links are known (Fruchterman and Reingold 1991): all push each other away, links pull. The same graph
/// has the same places. O(devices²) a step.
struct ForceLayout {
    /// From 0 to 1 across and down.
    let places: [SIMD2<Double>]

    private static let steps = 200
    private static let gravity = 4.0

    init(count: Int, links: [(Int, Int)]) {
        var places = (0..<count).map { Self.spiral($0, of: count) }
        let distance = (1 / Double(max(1, count))).squareRoot()
        for step in 0..<Self.steps {
            var forces = [SIMD2<Double>](repeating: .zero, count: count)
            for a in 0..<count {
                for b in 0..<a {
                    let away = places[a] - places[b]
                    let square = max((away * away).sum(), 1e-9)
                    let force = away * (distance * distance / square)
                    forces[a] += force
                    forces[b] -= force
                }
                // Towards the middle, so that what has no link stays on the page.
                forces[a] -= (places[a] - 0.5) * Self.gravity
            }
            for (a, b) in links {
                let away = places[a] - places[b]
                let force = away * ((away * away).sum().squareRoot() / distance)
                forces[a] -= force
                forces[b] += force
            }
            let most = 0.1 * (1 - Double(step) / Double(Self.steps))
            for device in 0..<count {
                let length = max((forces[device] * forces[device]).sum().squareRoot(), 1e-12)
                places[device] += forces[device] * (min(length, most) / length)
            }
        }
        self.places = Self.fitted(places)
    }

    /// The seeds of a sunflower: no two in one place.
    private static func spiral(_ number: Int, of count: Int) -> SIMD2<Double> {
        var (x, y) = (1.0, 0.0)
        // A turn by the golden angle, again and again.
        for _ in 0..<number { (x, y) = (x * -0.7373688 - y * 0.6754903, x * 0.6754903 + y * -0.7373688) }
        return SIMD2(x, y) * (0.5 * (Double(number + 1) / Double(count)).squareRoot()) + 0.5
    }

    private static func fitted(_ places: [SIMD2<Double>]) -> [SIMD2<Double>] {
        guard let first = places.first else { return [] }
        let low = places.reduce(first) { pointwiseMin($0, $1) }
        let high = places.reduce(first) { pointwiseMax($0, $1) }
        let size = pointwiseMax(high - low, SIMD2(repeating: 1e-9))
        return places.map { ($0 - low) / size }
    }
}
