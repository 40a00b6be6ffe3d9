#include "dropout.h"

#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "device.h"
#include "parallel.h"
#include "plain.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The finalizer of MurmurHash3 of the element's index and the seed: every bit depends on every bit.
CTORCH_INLINE uint32_t hashed(uint32_t index, uint32_t low, uint32_t high) {
    uint32_t h = (index ^ low) * 0x9E3779B1u + high;
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    return h ^ (h >> 16);
}

struct Rule {
    uint32_t low, high, threshold;
    float scale;
};

CTORCH_VECTORIZED void apply(const float *x, float *to, int64_t begin, int64_t end, Rule rule) {
    for (int64_t i = begin; i < end; i++) {
        const bool isKept = hashed(static_cast<uint32_t>(i), rule.low, rule.high) >= rule.threshold;
        to[i] = isKept ? x[i] * rule.scale : 0.0f;
    }
}

Tensor applied(const Tensor &given, double rate, uint64_t seed) {
    const Tensor x = given.contiguous();
    TORCH_CHECK(x.numel() < (int64_t(1) << 32), "dropout: a tensor has ", x.numel(), " elements, more than 2^32");
    Tensor result = at::empty_like(x);
    const Rule rule{
        static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), static_cast<uint32_t>(rate * 4294967296.0),
        static_cast<float>(1 / (1 - rate))};
    const float *from = x.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    Pieces(x.numel(), 1 << 14).each([&](int64_t, int64_t begin, int64_t end) { apply(from, to, begin, end, rule); });
    return result;
}

class Dropout : public torch::autograd::Function<Dropout> {
public:
    static Tensor forward(AutogradContext *context, const Tensor &x, double rate, int64_t seed) {
        context->saved_data["rate"] = rate;
        context->saved_data["seed"] = seed;
        return applied(x, rate, static_cast<uint64_t>(seed));
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const double rate = context->saved_data["rate"].toDouble();
        const auto seed = static_cast<uint64_t>(context->saved_data["seed"].toInt());
        return {applied(gradients[0], rate, seed), Tensor(), Tensor()};
    }
};

}  // namespace

Tensor dropout(const Tensor &x, double rate, uint64_t seed) {
    TORCH_CHECK(rate >= 0 && rate < 1, "dropout: the rate is ", rate);
    if (takes_plain_form(x)) return plain::dropout(x, rate, seed);
    return Dropout::apply(x, rate, static_cast<int64_t>(seed));
}

}  // namespace ctorch
