// How C++ stands behind the C interface: handles, and where exceptions end.
#ifndef CTORCH_HANDLES_H
#define CTORCH_HANDLES_H

#include <ATen/core/Tensor.h>

#include <string>

#include "ctorch.h"

// A handle is a heap-allocated at::Tensor.
struct ct_tensor_s {
    at::Tensor value;
};

namespace ctorch {

// Of the calling thread.
inline std::string &last_error() {
    thread_local std::string message;
    return message;
}

// The one place where a C++ exception ends.
template <typename Body>
int guarded(Body body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error &error) {
        last_error() = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error() = error.what();
    } catch (...) {
        last_error() = "unknown C++ exception";
    }
    return 1;
}

template <typename Body>
int produce(ct_tensor *out, Body body) noexcept {
    return guarded([&] { *out = new ct_tensor_s{body()}; });
}

}  // namespace ctorch

#endif
