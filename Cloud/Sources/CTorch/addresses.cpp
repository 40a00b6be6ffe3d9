#include "addresses.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace ctorch {
namespace {

std::string numeric(const sockaddr *address, socklen_t size) {
    char text[NI_MAXHOST];
    int status = getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    if (status != 0) throw std::runtime_error(gai_strerror(status));
    return text;
}

}  // namespace

Route route_to(const std::string &host, int port) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_DGRAM;
    int status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (status != 0) throw std::runtime_error("the host '" + host + "' is not known: " + gai_strerror(status));
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
    int reason = 0;
    for (const addrinfo *one = found; one; one = one->ai_next) {
        int socket = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (socket < 0) {
            reason = errno;
            continue;
        }
        // A datagram socket that is connected has the address by which its packets would leave.
        sockaddr_storage own{};
        socklen_t size = sizeof own;
        bool is_known = connect(socket, one->ai_addr, one->ai_addrlen) == 0 &&
                        getsockname(socket, reinterpret_cast<sockaddr *>(&own), &size) == 0;
        if (!is_known) reason = errno;
        close(socket);
        if (!is_known) continue;
        return {numeric(reinterpret_cast<sockaddr *>(&own), size), numeric(one->ai_addr, one->ai_addrlen)};
    }
    throw std::runtime_error("no way leads to the host '" + host + "': " + std::strerror(reason));
}

bool is_loopback(const std::string &address) { return address.rfind("127.", 0) == 0 || address == "::1"; }

}  // namespace ctorch
