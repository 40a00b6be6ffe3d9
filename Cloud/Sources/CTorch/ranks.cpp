// Processes that compute together: c10d's store and its Gloo, which LibTorch has inside.

// Without it the header of Gloo's groups is empty.
#define USE_C10D_GLOO

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "addresses.h"
#include "handles.h"

using ctorch::guarded;
using ctorch::produce;
using ctorch::Route;

struct ct_ranks_s {
    c10::intrusive_ptr<c10d::Store> store;
    c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
    // By rank.
    std::vector<std::string> addresses;
};

namespace {

// c10d logs each failed try with its stack; what counts is in the error that is thrown. Its own variable brings the log back.
void quieten_log() {
    if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = c10::GLOG_FATAL;
}

c10::intrusive_ptr<c10d::Store> meeting_point(const ct_rank_place &place) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(place.port);
    options.isServer = place.serves;
    options.numWorkers = place.size;
    // Who does not come is told apart below.
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(place.timeout_ms);
    return c10::make_intrusive<c10d::PrefixStore>(
        place.prefix, c10::make_intrusive<c10d::TCPStore>(place.host, options));
}

std::string key(const char *name, int rank) { return std::string(name) + "/" + std::to_string(rank); }

// What every rank says of its way to the first one, by rank.
std::vector<Route> routes(c10d::Store &store, const ct_rank_place &place) {
    const Route own = ctorch::route_to(place.host, place.port);
    store.set(key("own", place.rank), own.own);
    store.set(key("host", place.rank), own.host);
    std::vector<Route> all;
    for (int rank = 0; rank < place.size; rank++) {
        try {
            store.wait({key("own", rank), key("host", rank)}, std::chrono::milliseconds(place.timeout_ms));
        } catch (const std::exception &) {
            throw std::runtime_error(
                "rank " + std::to_string(rank) + " did not come within " + std::to_string(place.timeout_ms / 1000) +
                " s");
        }
        all.push_back({store.get_to_str(key("own", rank)), store.get_to_str(key("host", rank))});
    }
    return all;
}

// A machine's own name often leads to loopback, where nobody else finds it: who lies on the first rank's machine is found where
// others found that.
std::vector<std::string> addresses(const std::vector<Route> &routes) {
    std::string first;
    for (const Route &route : routes) {
        if (first.empty() && !ctorch::is_loopback(route.own)) first = route.host;
    }
    std::vector<std::string> all;
    for (const Route &route : routes) {
        all.push_back(first.empty() || !ctorch::is_loopback(route.own) ? route.own : first);
    }
    return all;
}

}  // namespace

int ct_ranks_open(ct_rank_place place, ct_ranks *out) {
    return guarded([&] {
        quieten_log();
        auto ranks = std::make_unique<ct_ranks_s>();
        ranks->store = meeting_point(place);
        ranks->addresses = addresses(routes(*ranks->store, place));
        auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(place.timeout_ms));
        options->devices.push_back(
            place.interface ? c10d::ProcessGroupGloo::createDeviceForInterface(place.interface)
                            : c10d::ProcessGroupGloo::createDeviceForHostname(ranks->addresses[place.rank]));
        ranks->group =
            c10::make_intrusive<c10d::ProcessGroupGloo>(ranks->store, place.rank, place.size, options);
        *out = ranks.release();
    });
}
void ct_ranks_free(ct_ranks ranks) { delete ranks; }

const char *ct_ranks_address(ct_ranks ranks, int rank) { return ranks->addresses[rank].c_str(); }

int ct_ranks_set_timeout(ct_ranks ranks, int64_t timeout_ms) {
    return guarded([&] { ranks->group->setTimeout(std::chrono::milliseconds(timeout_ms)); });
}

int ct_ranks_gather(ct_ranks ranks, ct_input tensor, ct_tensor *out) {
    return produce(out, [&] {
        // Gloo divides the result along its first axis, and reads memory of the CPU.
        at::Tensor own = tensor->value.detach().cpu().contiguous().unsqueeze(0);
        std::vector<int64_t> shape = own.sizes().vec();
        shape[0] = ranks->group->getSize();
        at::Tensor all = at::empty(shape, own.options());
        ranks->group->all_gather_single(all, own)->wait();
        return all.to(tensor->value.device());
    });
}

int ct_ranks_exchange(
    ct_ranks ranks, ct_input rows, const int64_t *sent, const int64_t *received, ct_tensor *out) {
    return produce(out, [&] {
        const int size = ranks->group->getSize();
        std::vector<int64_t> to(sent, sent + size), from(received, received + size);
        at::Tensor own = rows->value.detach().contiguous();
        std::vector<int64_t> shape = own.sizes().vec();
        shape[0] = std::accumulate(from.begin(), from.end(), int64_t{0});
        at::Tensor all = at::empty(shape, own.options());
        ranks->group->all_to_all_single(all, own, from, to)->wait();
        return all;
    });
}

int ct_ranks_broadcast(ct_ranks ranks, int rank, uint8_t *bytes, int64_t count) {
    return guarded([&] {
        std::vector<at::Tensor> tensors{at::from_blob(bytes, {count}, at::kByte)};
        c10d::BroadcastOptions options;
        options.rootRank = rank;
        ranks->group->broadcast(tensors, options)->wait();
    });
}
