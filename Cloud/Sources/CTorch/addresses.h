// Addresses of machines that compute together.
#ifndef CTORCH_ADDRESSES_H
#define CTORCH_ADDRESSES_H

#include <string>

namespace ctorch {

// Both numeric: the address that this machine has towards a host, and the host's.
struct Route {
    std::string own, host;
};

// Throws where the host has no address, or no way leads to it. Nothing is sent.
Route route_to(const std::string &host, int port);

bool is_loopback(const std::string &address);

}  // namespace ctorch

#endif
