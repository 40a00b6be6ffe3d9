#include "device.h"

#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <dlfcn.h>
#include <torch/csrc/lazy/ts_backend/ts_backend_impl.h>

#include <atomic>
#include <filesystem>
#include <stdexcept>

#include "handles.h"

using ctorch::guarded;

namespace {

std::atomic<at::Device> device{at::Device(at::kCPU)};
std::atomic<bool> is_plain_everywhere{false};

// The library that has LibTorch's operations on NVIDIA cards, which `make cuda` puts beside LibTorch's own folder.
std::filesystem::path cuda_library() {
    Dl_info found{};
    if (dladdr(reinterpret_cast<const void *>(&at::globalContext), &found) == 0 || !found.dli_fname) {
        throw std::runtime_error("the system does not tell where LibTorch lies");
    }
    // .deps/libtorch/lib/libtorch_cpu.so
    const auto folder = std::filesystem::path(found.dli_fname).parent_path().parent_path().parent_path();
    return folder / "cuda" / "lib" / "libtorch_cuda.so";
}

// Once it is loaded, LibTorch knows its operations; nothing here is compiled against CUDA.
void load_cuda() {
#if defined(__linux__)
    static const bool is_loaded = [] {
        const auto library = cuda_library();
        if (!std::filesystem::exists(library)) {
            throw std::runtime_error(library.string() + " is not there; run make cuda");
        }
        if (!dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
            throw std::runtime_error(std::string("CUDA's libraries do not load: ") + dlerror() + "; run make cuda");
        }
        return true;
    }();
    static_cast<void>(is_loaded);
#else
    throw std::runtime_error("LibTorch has CUDA on Linux alone");
#endif
}

at::Device cuda_card(int number) {
    load_cuda();
    const int count = at::detail::getCUDAHooks().getNumGPUs();
    // Without a card the first one is tried, which says why there is none.
    return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(count > 0 ? number % count : 0));
}

at::Device ready(ct_device kind, int card) {
    switch (kind) {
    case CT_CUDA: return cuda_card(card);
    case CT_MPS:
        if (!at::hasMPS()) throw std::runtime_error("there is no GPU of Apple's here that LibTorch knows");
        return at::Device(at::kMPS, 0);
    case CT_LAZY: {
        static const bool is_there = (torch::lazy::InitTorchScriptBackend(), true);
        static_cast<void>(is_there);
        return at::Device(at::kLazy, 0);
    }
    case CT_CPU: break;
    }
    return at::Device(at::kCPU);
}

}  // namespace

at::Device ctorch::current_device() { return device; }

bool ctorch::takes_plain_form(const at::Tensor &tensor) { 
    return !tensor.is_cpu() || is_plain_everywhere.load(std::memory_order_relaxed);
}

int ct_set_device(ct_device kind, int card) {
    return guarded([&] {
        const at::Device wanted = ready(kind, card);
        // What is wrong with a device shows with its first tensor, and should not in the middle of a run.
        at::zeros({1}, at::TensorOptions(wanted)).to(at::kCPU);
        device = wanted;
    });
}

bool ct_set_plain_forms(bool everywhere) { return is_plain_everywhere.exchange(everywhere); }
