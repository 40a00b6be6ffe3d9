#include "softmax_loss.h"

#include <ATen/ops/scalar_tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>
#include <vector>

#include "device.h"
#include "parallel.h"
#include "plain.h"
#include "vectors.h"

namespace ctorch {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

CTORCH_INLINE float total(const Floats &sums) {
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

// Turns a row of logits into probabilities; gives the negative logarithm of the target's.
CTORCH_VECTORIZED float row_loss(float *x, const float *shift, int64_t target, int64_t n) {
    const float own = x[target];
    if (shift != nullptr) {
        for (int64_t i = 0; i < n; i++) x[i] += shift[i];
        x[target] = own;
    }
    // Starts from the first element and not from minus infinity, and compares so that NaN stays: a loss that is not finite is
    // seen and stops the run.
    float largest = x[0];
    for (int64_t i = 1; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    Floats sums = {0};
    int64_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        Floats &part = floats_at(x + i);
        part = part - largest;
        exponential(part);
        sums += part;
    }
    float sum = total(sums);
    for (; i < n; i++) sum += x[i] = std::exp(x[i] - largest);
    const float scale = 1 / sum;
    for (int64_t j = 0; j < n; j++) x[j] *= scale;
    return std::log(sum) + largest - own;
}

CTORCH_VECTORIZED void row_gradient(float *x, int64_t target, float scale, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] *= scale;
    x[target] -= scale;
}

class SoftmaxLoss : public torch::autograd::Function<SoftmaxLoss> {
public:
    static Tensor forward(
        AutogradContext *context, const Tensor &logits, const Tensor &given_targets,
        const std::optional<Tensor> &given_shift, const std::optional<Tensor> &given_weights, bool overwrites) {
        const bool shares = overwrites && logits.is_contiguous();
        Tensor probabilities = shares ? logits.detach() : logits.detach().clone(at::MemoryFormat::Contiguous);
        if (shares) logits.unsafeGetTensorImpl()->bump_version();
        const Tensor targets = given_targets.contiguous();
        const Tensor shift = given_shift ? given_shift->contiguous() : Tensor();
        const Tensor weights = given_weights ? given_weights->contiguous() : Tensor();
        const int64_t rows = logits.size(0), n = logits.size(1);
        float *x = probabilities.mutable_data_ptr<float>();
        const int64_t *t = targets.const_data_ptr<int64_t>();
        const float *shifts = shift.defined() ? shift.const_data_ptr<float>() : nullptr;
        std::vector<float> losses(rows);
        Pieces(rows, 4).each([&](int64_t, int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; r++) losses[r] = row_loss(x + r * n, shifts, t[r], n);
        });
        double sum = 0;
        const float *w = weights.defined() ? weights.const_data_ptr<float>() : nullptr;
        for (int64_t r = 0; r < rows; r++) sum += w != nullptr ? static_cast<double>(w[r]) * losses[r] : losses[r];
        context->saved_data["probabilities"] = probabilities;
        context->saved_data["targets"] = targets;
        if (weights.defined()) context->saved_data["weights"] = weights;
        return at::scalar_tensor(sum / static_cast<double>(rows), logits.options());
    }

    // The probabilities become the gradient, so this runs once.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        Tensor result = context->saved_data["probabilities"].toTensor();
        const Tensor targets = context->saved_data["targets"].toTensor();
        context->saved_data.erase("probabilities");
        const auto weights = context->saved_data.find("weights");
        const float *w =
            weights != context->saved_data.end() ? weights->second.toTensor().const_data_ptr<float>() : nullptr;
        const int64_t rows = result.size(0), n = result.size(1);
        const float scale = gradients[0].item<float>() / static_cast<float>(rows);
        float *x = result.mutable_data_ptr<float>();
        const int64_t *t = targets.const_data_ptr<int64_t>();
        Pieces(rows, 4).each([&](int64_t, int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; r++) row_gradient(x + r * n, t[r], w != nullptr ? scale * w[r] : scale, n);
        });
        return {result, Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

}  // namespace

Tensor softmax_loss(
    const Tensor &logits, const Tensor &targets, const std::optional<Tensor> &shift,
    const std::optional<Tensor> &weights, bool overwrites) {
    TORCH_CHECK(
        logits.dim() == 2 && targets.dim() == 1 && targets.size(0) == logits.size(0) && logits.size(0) > 0,
        "softmax_loss: logits ", logits.sizes(), " do not fit targets ", targets.sizes());
    TORCH_CHECK(
        !shift || (shift->dim() == 1 && shift->size(0) == logits.size(1)), "softmax_loss: the shift does not fit");
    TORCH_CHECK(
        !weights || (weights->dim() == 1 && weights->size(0) == logits.size(0)),
        "softmax_loss: the weights do not fit");
    if (takes_plain_form(logits)) return plain::softmax_loss(logits, targets, shift, weights);
    TORCH_CHECK(
        targets.min().item<int64_t>() >= 0 && targets.max().item<int64_t>() < logits.size(1),
        "softmax_loss: a target is not one of the ", logits.size(1), " columns");
    return SoftmaxLoss::apply(logits, targets, shift, weights, overwrites);
}

}  // namespace ctorch
