#include "ctorch.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/version.h>

#include <optional>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "attention.h"
#include "causal_attention.h"
#include "chain.h"
#include "dense.h"
#include "device.h"
#include "dropout.h"
#include "gather.h"
#include "generated_dense.h"
#include "gru.h"
#include "handles.h"
#include "images.h"
#include "parallel.h"
#include "softmax_loss.h"
#include "stabilizer.h"

namespace {

using ctorch::guarded;
using ctorch::produce;

std::optional<at::Tensor> optional(ct_input tensor) {
    return tensor ? std::optional(tensor->value) : std::nullopt;
}

at::IntArrayRef sizes(const int64_t *shape, int rank) { return at::IntArrayRef(shape, rank); }

#if defined(__GLIBC__)
// Tensors of a training step are larger than glibc's threshold for mmap, and mapping them afresh at every step costs
// more than computing on them; freed memory is kept for the next step instead.
const bool keeps_freed_memory = [] {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
    return true;
}();
#endif

}  // namespace

const char *ct_last_error(void) { return ctorch::last_error().c_str(); }
const char *ct_version(void) { return TORCH_VERSION; }
int ct_set_threads(int count) {
    return guarded([&] { ctorch::set_thread_count(count); });
}
int ct_threads(void) { return ctorch::thread_count(); }

// Making, reading, freeing.

int ct_from_floats(const float *values, const int64_t *shape, int rank, ct_tensor *out) {
    return produce(out, [&] {
        at::Tensor tensor = at::empty(sizes(shape, rank), at::kFloat);
        std::copy_n(values, tensor.numel(), tensor.mutable_data_ptr<float>());
        return tensor.to(ctorch::current_device());
    });
}
int ct_from_indices(const int64_t *values, const int64_t *shape, int rank, ct_tensor *out) {
    return produce(out, [&] {
        at::Tensor tensor = at::empty(sizes(shape, rank), at::kLong);
        std::copy_n(values, tensor.numel(), tensor.mutable_data_ptr<int64_t>());
        return tensor.to(ctorch::current_device());
    });
}
void ct_free(ct_tensor tensor) { delete tensor; }
int ct_rank(ct_input tensor) { return static_cast<int>(tensor->value.dim()); }
int64_t ct_size(ct_input tensor, int axis) { return tensor->value.size(axis); }
int ct_copy_floats(ct_input tensor, float *values, int64_t count) {
    return guarded([&] {
        auto source = tensor->value.detach().to(at::kCPU, at::kFloat).contiguous();
        TORCH_CHECK(source.numel() == count, "expected ", count, " numbers, the tensor has ", source.numel());
        std::copy_n(source.const_data_ptr<float>(), count, values);
    });
}
int ct_assign_floats(ct_tensor tensor, const float *values, int64_t count) {
    return guarded([&] {
        at::NoGradGuard guard;
        TORCH_CHECK(tensor->value.numel() == count, "expected ", tensor->value.numel(), " numbers, got ", count);
        auto source = at::from_blob(const_cast<float *>(values), tensor->value.sizes(), at::kFloat);
        tensor->value.copy_(source);
    });
}

// Element-wise.

int ct_add(ct_input a, ct_input b, ct_tensor *out) {
    return produce(out, [&] { return a->value + b->value; });
}
int ct_multiply(ct_input a, ct_input b, ct_tensor *out) {
    return produce(out, [&] { return a->value * b->value; });
}
int ct_scale(ct_input a, double factor, ct_tensor *out) {
    return produce(out, [&] { return a->value * factor; });
}
int ct_softmax(ct_input a, int axis, ct_tensor *out) {
    return produce(out, [&] { return a->value.softmax(axis); });
}
int ct_sum(ct_input a, int axis, ct_tensor *out) {
    return produce(out, [&] { return a->value.sum(axis); });
}
int ct_mean(ct_input a, ct_tensor *out) {
    return produce(out, [&] { return a->value.mean(); });
}
int ct_exp(ct_input a, ct_tensor *out) {
    return produce(out, [&] { return a->value.exp(); });
}
int ct_square_root(ct_input a, double epsilon, ct_tensor *out) {
    return produce(out, [&] { return (a->value + epsilon).sqrt(); });
}
int ct_tanh(ct_input a, ct_tensor *out) {
    return produce(out, [&] { return a->value.tanh(); });
}
int ct_leaky_relu(ct_input a, double slope, ct_tensor *out) {
    return produce(out, [&] { return at::leaky_relu(a->value, slope); });
}
int ct_is_finite(ct_input a, bool *out) {
    return guarded([&] { *out = at::isfinite(a->value).all().item<bool>(); });
}

// Products.

int ct_matmul(ct_input a, ct_input b, ct_tensor *out) {
    return produce(out, [&] { return at::matmul(a->value, b->value); });
}

int ct_symmetric_eigen(const double *matrix, int64_t size, double *values, double *vectors) {
    return guarded([&] {
        auto a = at::from_blob(const_cast<double *>(matrix), {size, size}, at::kDouble);
        auto [found, columns] = at::linalg_eigh(a);
        std::copy_n(found.contiguous().const_data_ptr<double>(), size, values);
        std::copy_n(columns.contiguous().const_data_ptr<double>(), size * size, vectors);
    });
}

// Shapes.

int ct_reshape(ct_input a, const int64_t *shape, int rank, ct_tensor *out) {
    return produce(out, [&] { return a->value.reshape(sizes(shape, rank)); });
}
int ct_expand(ct_input a, const int64_t *shape, int rank, ct_tensor *out) {
    return produce(out, [&] { return a->value.expand(sizes(shape, rank)); });
}
int ct_transpose(ct_input a, int first, int second, ct_tensor *out) {
    return produce(out, [&] { return a->value.transpose(first, second); });
}
int ct_concatenate(const ct_input *tensors, int count, int axis, ct_tensor *out) {
    return produce(out, [&] {
        std::vector<at::Tensor> values;
        for (int i = 0; i < count; i++) values.push_back(tensors[i]->value);
        return at::cat(values, axis);
    });
}
int ct_narrow(ct_input a, int32_t axis, int64_t start, int64_t count, ct_tensor *out) {
    return produce(out, [&] { return a->value.narrow(axis, start, count); });
}

int ct_replace_nan(ct_input a, ct_input others, ct_tensor *out) {
    return produce(out, [&] { return at::where(a->value.isnan(), others->value, a->value); });
}

int ct_select_rows(ct_input a, ct_input indices, ct_tensor *out) {
    return produce(out, [&] { return a->value.index_select(0, indices->value); });
}

// Layers.

int ct_layer_norm(ct_input x, ct_input scale, ct_input bias, double epsilon, ct_tensor *out) {
    return produce(out, [&] {
        return at::layer_norm(x->value, scale->value.sizes(), scale->value, bias->value, epsilon);
    });
}
int ct_batch_norm(
    ct_input x, ct_input scale, ct_input bias, ct_tensor mean, ct_tensor variance, bool learns, double share,
    double epsilon, ct_tensor *out) {
    return produce(out, [&] {
        auto rows = x->value.reshape({-1, x->value.size(-1)});
        return at::batch_norm(
                   rows, scale->value, bias->value, mean->value, variance->value, learns, share, epsilon,
                   /*cudnn_enabled=*/false)
            .reshape(x->value.sizes());
    });
}
int ct_embedding(
    ct_input table, ct_input indices, bool zero_row_is_padding, bool has_sparse_gradient, ct_tensor *out) {
    return produce(out, [&] {
        return at::embedding(
            table->value, indices->value, zero_row_is_padding ? 0 : -1, /*scale_grad_by_freq=*/false,
            has_sparse_gradient);
    });
}
int ct_dense(ct_input x, ct_input weight, ct_input bias, ct_activation activation, ct_tensor *out) {
    return produce(out, [&] {
        return ctorch::dense(x->value, weight->value, optional(bias), ctorch::Activation(activation));
    });
}
int ct_generated_dense(
    ct_input x, ct_input code, ct_input weight_decoder, ct_input weight, ct_input bias_decoder, ct_input bias,
    ct_activation activation, ct_tensor *out) {
    return produce(out, [&] {
        return ctorch::generated_dense(
            x->value, {code->value, weight_decoder->value, weight->value, bias_decoder->value, bias->value},
            ctorch::Activation(activation));
    });
}
int ct_gather(
    ct_input table, ct_input indices, ct_input ages, ct_input age_indices, ct_activation activation, ct_tensor *out) {
    return produce(out, [&] {
        return ctorch::gather(
            table->value, indices->value, optional(ages), optional(age_indices), ctorch::Activation(activation));
    });
}
int ct_gathered_dot(ct_input users, ct_input table, ct_input candidates, ct_tensor *out) {
    return produce(out, [&] { return ctorch::gathered_dot(users->value, table->value, candidates->value); });
}
int ct_attend(ct_input queries, ct_input memory, ct_input mask, ct_tensor *out) {
    return produce(out, [&] { return ctorch::attend(queries->value, memory->value, mask->value); });
}
int ct_attend_causally(ct_input queries, ct_input keys, ct_input values, int heads, ct_tensor *out) {
    return produce(out, [&] { return ctorch::attend_causally(queries->value, keys->value, values->value, heads); });
}
int ct_gru(ct_input inputs, ct_input indices, ct_input weight, ct_input bias, ct_tensor *out) {
    return produce(out, [&] { return ctorch::gru(inputs->value, indices->value, weight->value, bias->value); });
}
int ct_patches(ct_input image, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::patches(image->value, windows); });
}
int ct_fold(ct_input patches, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::fold(patches->value, windows); });
}
int ct_max_pool(ct_input image, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::max_pool(image->value, windows); });
}
int ct_average_pool(ct_input image, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::average_pool(image->value, windows); });
}
int ct_join_candidates(ct_input candidates, double temperature, ct_tensor *out) {
    return produce(out, [&] { return ctorch::join_candidates(candidates->value, temperature); });
}
int ct_binary_cross_entropy(
    ct_input logits, ct_input targets, double positive_weight, ct_input weights, ct_tensor *out) {
    return produce(out, [&] {
        std::optional<at::Tensor> weight;
        if (positive_weight != 1) weight = at::scalar_tensor(positive_weight, logits->value.options());
        return at::binary_cross_entropy_with_logits(
            logits->value, targets->value, optional(weights), weight);
    });
}
int ct_softmax_loss(
    ct_input logits, ct_input targets, ct_input shift, ct_input weights, bool overwrites, ct_tensor *out) {
    return produce(out, [&] {
        return ctorch::softmax_loss(
            logits->value, targets->value, optional(shift), optional(weights), overwrites);
    });
}
int ct_dropout(ct_input x, double rate, uint64_t seed, ct_tensor *out) {
    return produce(out, [&] { return ctorch::dropout(x->value, rate, seed); });
}
int ct_cross_entropy(ct_input logits, ct_input classes, ct_tensor *out) {
    return produce(out, [&] { return at::cross_entropy_loss(logits->value, classes->value); });
}
int ct_squared_error(ct_input values, ct_input targets, ct_tensor *out) {
    return produce(out, [&] { return at::mse_loss(values->value, targets->value); });
}

// Chains.

int ct_chain_loss(
    ct_chain description, const float *parameters, ct_examples examples, const int32_t *rows, int64_t count,
    float *gradient, float *logits, double *loss) {
    return guarded([&] {
        ctorch::Chain chain(description.sizes, description.activations, description.layers);
        *loss = chain.loss(parameters, examples, rows, count, gradient);
        const int64_t classes = description.sizes[description.layers];
        if (logits) std::copy_n(chain.result(0), count * classes, logits);
    });
}

int ct_chain_train(
    ct_chain description, float *parameters, const float *anchor, double pull, double rate, ct_examples examples,
    const int32_t *rows, const int64_t *starts, int64_t batches, double *loss) {
    return guarded([&] {
        ctorch::Chain chain(description.sizes, description.activations, description.layers);
        const int64_t count = chain.parameter_count();
        std::vector<float> gradient(count);
        const float step = float(-rate), back = float(-rate * pull);
        double sum = 0;
        for (int64_t batch = 0; batch < batches; batch++) {
            const int64_t first = starts[batch], length = starts[batch + 1] - first;
            sum += chain.loss(parameters, examples, rows + first, length, gradient.data());
            if (anchor && pull > 0) {
                for (int64_t i = 0; i < count; i++) parameters[i] += back * (parameters[i] - anchor[i]) + step * gradient[i];
            } else {
                for (int64_t i = 0; i < count; i++) parameters[i] += step * gradient[i];
            }
        }
        *loss = batches ? sum / batches : 0;
    });
}
