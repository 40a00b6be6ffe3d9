import Hummingbird
import Synchronization

/// Which methods each path has, so that another one is refused with those (405) and not as if the path were not there.
final class AllowedMethods: Sendable {
    private let routes = Mutex<[(path: RouterPath, method: HTTPRequest.Method)]>([])

    /// Takes a router's routes, once it has them all.
    func read(_ router: Router<ServerContext>) {
        routes.withLock { $0 = router.routes.map { ($0.path, $0.method) } }
    }

    /// The methods of a path, for the `Allow` header.
    ///
    /// - Returns: `nil` where there is no such path.
    func names(of path: String) -> String? {
        let parts = path.split(separator: "/")
        let methods = routes.withLock { routes in
            routes.filter { route in
                let elements = route.path.components
                return elements.count == parts.count && zip(elements, parts).allSatisfy { $0 ~= $1 }
            }
            .map(\.method.rawValue)
        }
        guard !methods.isEmpty else { return nil }
        // The router answers HEAD wherever it answers GET.
        return (methods + (methods.contains("GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
    }
}
