#include "ctorch.h"

#include <torch/types.h>
#include <torch/version.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "attention.h"
#include "causal_attention.h"
#include "chain.h"
#include "dense.h"
#include "dropout.h"
#include "gather.h"
#include "generated_dense.h"
#include "gru.h"
#include "images.h"
#include "parallel.h"
#include "softmax_loss.h"
#include "stabilizer.h"

// A handle is a heap-allocated at::Tensor.
struct ct_tensor_s {
    at::Tensor value;
};

namespace {

thread_local std::string last_error;

// The one place where a C++ exception ends.
template <typename Body>
int guarded(Body body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error &error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown C++ exception";
    }
    return 1;
}

template <typename Body>
int produce(ct_tensor *out, Body body) noexcept {
    return guarded([&] { *out = new ct_tensor_s{body()}; });
}

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

const char *ct_last_error(void) { return last_error.c_str(); }
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
        return tensor;
    });
}
int ct_from_indices(const int64_t *values, const int64_t *shape, int rank, ct_tensor *out) {
    return produce(out, [&] {
        at::Tensor tensor = at::empty(sizes(shape, rank), at::kLong);
        std::copy_n(values, tensor.numel(), tensor.mutable_data_ptr<int64_t>());
        return tensor;
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

// Gradients.

int ct_require_gradient(ct_tensor tensor) {
    return guarded([&] { tensor->value.requires_grad_(true); });
}
int ct_backward(ct_input loss) {
    return guarded([&] { loss->value.backward(); });
}
int ct_gradient(ct_input tensor, ct_tensor *out) {
    return guarded([&] {
        auto gradient = tensor->value.grad();
        *out = gradient.defined() ? new ct_tensor_s{gradient} : nullptr;
    });
}
int ct_detach(ct_input tensor, ct_tensor *out) {
    return produce(out, [&] { return tensor->value.detach(); });
}
bool ct_set_gradient_mode(bool enabled) {
    bool before = at::GradMode::is_enabled();
    at::GradMode::set_enabled(enabled);
    return before;
}

// What Adam changes in a step: whole tensors, or the rows of a table that a sparse gradient touches.
struct AdamLists {
    std::vector<at::Tensor> values, gradients, means, squares;
    // The tables whose rows are among the values as copies, and where those belong.
    struct Rows {
        size_t place;
        at::Tensor indices, value, mean, square;
    };
    std::vector<Rows> rows;

    void add(const at::Tensor &value, const at::Tensor &mean, const at::Tensor &square) {
        auto gradient = value.grad();
        if (!gradient.defined()) return;
        if (!gradient.is_sparse()) return add(value, gradient, mean, square);
        gradient = gradient.coalesce();
        auto indices = gradient.indices().select(0, 0);
        rows.push_back({values.size(), indices, value, mean, square});
        add(value.index_select(0, indices), gradient.values(), mean.index_select(0, indices),
            square.index_select(0, indices));
    }

    void write_back() {
        for (auto &row : rows) {
            row.value.index_copy_(0, row.indices, values[row.place]);
            row.mean.index_copy_(0, row.indices, means[row.place]);
            row.square.index_copy_(0, row.indices, squares[row.place]);
        }
    }

private:
    void add(const at::Tensor &value, const at::Tensor &gradient, const at::Tensor &mean, const at::Tensor &square) {
        values.push_back(value);
        gradients.push_back(gradient);
        means.push_back(mean);
        squares.push_back(square);
    }
};

int ct_adam_step(
    const ct_tensor *parameters, const ct_tensor *first, const ct_tensor *second, int count, int64_t step,
    double rate, double decay, double beta1, double beta2, double epsilon, double clip, double *norm) {
    return guarded([&] {
        at::NoGradGuard guard;
        AdamLists lists;
        for (int i = 0; i < count; i++) lists.add(parameters[i]->value, first[i]->value, second[i]->value);
        *norm = 0;
        if (lists.values.empty()) return;
        *norm = at::stack(at::_foreach_norm(lists.gradients)).norm().item<double>();
        if (std::isfinite(*norm)) {
            // The kernel adds no step of its own: it takes the number of this step, as a tensor for each parameter.
            std::vector<at::Tensor> unused;
            std::vector<at::Tensor> steps(
                lists.values.size(), at::scalar_tensor(static_cast<double>(step), at::kFloat));
            if (decay > 0) {
                for (const auto &value : lists.values) {
                    if (value.dim() > 1) value.mul_(1 - rate * decay);
                }
            }
            // The kernel divides the gradients by this scale.
            auto scale = at::scalar_tensor(std::max(1.0, *norm / clip), at::kFloat);
            at::_fused_adam_(
                lists.values, lists.gradients, lists.means, lists.squares, unused, steps, rate, beta1, beta2,
                /*weight_decay=*/0.0, epsilon, /*amsgrad=*/false, /*maximize=*/false, scale);
            lists.write_back();
        }
        for (int i = 0; i < count; i++) parameters[i]->value.mutable_grad().reset();
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
int ct_is_finite(ct_input a, bool *out) {
    return guarded([&] { *out = at::isfinite(a->value).all().item<bool>(); });
}

// Products.

int ct_matmul(ct_input a, ct_input b, ct_tensor *out) {
    return produce(out, [&] { return at::matmul(a->value, b->value); });
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
int ct_max_pool(ct_input image, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::max_pool(image->value, windows); });
}
int ct_average_pool(ct_input image, ct_windows windows, ct_tensor *out) {
    return produce(out, [&] { return ctorch::average_pool(image->value, windows); });
}
int ct_join_candidates(ct_input candidates, double temperature, ct_tensor *out) {
    return produce(out, [&] { return ctorch::join_candidates(candidates->value, temperature); });
}
int ct_binary_cross_entropy(ct_input logits, ct_input targets, double positive_weight, ct_tensor *out) {
    return produce(out, [&] {
        std::optional<at::Tensor> weight;
        if (positive_weight != 1) weight = at::scalar_tensor(positive_weight, logits->value.options());
        return at::binary_cross_entropy_with_logits(logits->value, targets->value, {}, weight);
    });
}
int ct_softmax_loss(ct_input logits, ct_input targets, ct_input shift, bool overwrites, ct_tensor *out) {
    return produce(out, [&] {
        return ctorch::softmax_loss(logits->value, targets->value, optional(shift), overwrites);
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

int ct_sgd_step(const ct_tensor *parameters, const ct_input *anchors, int count, double rate, double pull) {
    return guarded([&] {
        const at::NoGradGuard without_gradients;
        for (int i = 0; i < count; i++) {
            at::Tensor &value = parameters[i]->value;
            at::Tensor gradient = value.grad();
            if (!gradient.defined()) continue;
            if (pull > 0) gradient = gradient + (value - anchors[i]->value) * pull;
            value.sub_(gradient, rate);
            value.mutable_grad() = at::Tensor();
        }
    });
}
