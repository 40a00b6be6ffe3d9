// A chain of dense layers that tells classes or values, and its training by plain SGD: many small models, none of which is worth a graph.
#ifndef CTORCH_CHAIN_H
#define CTORCH_CHAIN_H

#include <cstdint>
#include <vector>

#include "activation.h"
#include "ctorch.h"

namespace ctorch {

// Values between the layers of one batch.
class Chain {
public:
    // `sizes` has one more entry than there are layers: what is read, then what each gives.
    Chain(const int64_t *sizes, const int32_t *activations, int layers);

    // All weights, [in, out], each followed by its bias.
    int64_t parameter_count() const;

    // Mean cross-entropy or squared error of some rows; their gradient replaces `gradient` where that is not null.
    double loss(
        const float *parameters, const ct_examples &examples, const int32_t *rows, int64_t count, float *gradient);

    // What the last layer gave for row `row` of the last batch.
    const float *result(int64_t row) const { return values.back().data() + row * sizes.back(); }

private:
    // Of what the last layer gave; the gradient by it into `after`, where it is wanted.
    double cross_entropy(const int32_t *classes, const int32_t *rows, int64_t count, bool wants_gradient);
    double squared_error(const float *targets, const int32_t *rows, int64_t count, bool wants_gradient);

    std::vector<int64_t> sizes;
    std::vector<Activation> activations;
    // What each layer reads, and behind them the result; what is to be known of the layer at hand going back.
    std::vector<std::vector<float>> values;
    std::vector<float> after, before;
};

}  // namespace ctorch

#endif
