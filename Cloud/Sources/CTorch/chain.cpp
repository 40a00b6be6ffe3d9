#include "chain.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "product.h"
#include "vectors.h"

namespace ctorch {

Chain::Chain(const int64_t *given, const int32_t *functions, int layers)
    : sizes(given, given + layers + 1), values(layers + 1) {
    for (int layer = 0; layer < layers; layer++) activations.push_back(Activation(functions[layer]));
}

int64_t Chain::parameter_count() const {
    int64_t count = 0;
    for (size_t layer = 0; layer < activations.size(); layer++) count += (sizes[layer] + 1) * sizes[layer + 1];
    return count;
}

double Chain::cross_entropy(const int32_t *classes, const int32_t *rows, int64_t count, bool wants_gradient) {
    const int64_t outputs = sizes.back();
    double loss = 0;
    after.assign(count * outputs, 0);
    for (int64_t row = 0; row < count; row++) {
        const float *logits = result(row);
        const float largest = *std::max_element(logits, logits + outputs);
        double sum = 0;
        for (int64_t i = 0; i < outputs; i++) sum += std::exp(double(logits[i] - largest));
        const int32_t right = classes[rows[row]];
        loss += std::log(sum) + largest - logits[right];
        if (!wants_gradient) continue;
        for (int64_t i = 0; i < outputs; i++) {
            const double share = std::exp(double(logits[i] - largest)) / sum;
            after[row * outputs + i] = float((share - (i == right)) / count);
        }
    }
    return loss / count;
}

double Chain::squared_error(const float *targets, const int32_t *rows, int64_t count, bool wants_gradient) {
    const int64_t outputs = sizes.back();
    const float slope = 2.0f / (count * outputs);
    double loss = 0;
    after.resize(count * outputs);
    for (int64_t row = 0; row < count; row++) {
        const float *values = result(row), *right = targets + rows[row] * outputs;
        for (int64_t i = 0; i < outputs; i++) {
            const float difference = values[i] - right[i];
            loss += double(difference) * difference;
            if (wants_gradient) after[row * outputs + i] = slope * difference;
        }
    }
    return loss / (count * outputs);
}

double Chain::loss(
    const float *parameters, const ct_examples &examples, const int32_t *rows, int64_t count, float *gradient) {
    const int64_t layers = activations.size(), width = sizes[0];
    values[0].resize(count * width);
    for (int64_t row = 0; row < count; row++) std::copy_n(examples.x + rows[row] * width, width, &values[0][row * width]);
    std::vector<int64_t> offsets;
    int64_t offset = 0;
    for (int64_t layer = 0; layer < layers; layer++) {
        const int64_t in = sizes[layer], out = sizes[layer + 1];
        values[layer + 1].resize(count * out);
        multiply(
            count, out, in, {values[layer].data(), in, 1}, {parameters + offset, out, 1}, parameters + offset + in * out, 0,
            values[layer + 1].data(), out);
        activate(activations[layer], values[layer + 1].data(), count * out);
        offsets.push_back(offset);
        offset += (in + 1) * out;
    }
    const double loss = examples.classes ? cross_entropy(examples.classes, rows, count, gradient)
                                         : squared_error(examples.targets, rows, count, gradient);
    if (!gradient) return loss;
    for (int64_t layer = layers - 1; layer >= 0; layer--) {
        const int64_t in = sizes[layer], out = sizes[layer + 1];
        float *to = gradient + offsets[layer];
        before.resize(count * out);
        activation_gradient(activations[layer], values[layer + 1].data(), after.data(), before.data(), count * out);
        const Matrix d{before.data(), out, 1};
        multiply(in, out, count, Matrix{values[layer].data(), in, 1}.transposed(), d, nullptr, 0, to, out);
        float *bias = to + in * out;
        std::fill_n(bias, out, 0.0f);
        for (int64_t row = 0; row < count; row++) add_scaled(bias, &before[row * out], 1, out);
        if (layer == 0) break;
        after.resize(count * in);
        multiply(
            count, in, out, d, Matrix{parameters + offsets[layer], out, 1}.transposed(), nullptr, 0, after.data(), in);
    }
    return loss;
}

}  // namespace ctorch
