#include "activation.h"

#include "vectors.h"

namespace ctorch {

CTORCH_VECTORIZED void activate(Activation activation, float *values, int64_t count) {
    if (activation == Activation::tanh) {
        int64_t i = 0;
        for (; i + lanes <= count; i += lanes) tanh(floats_at(values + i));
        CTORCH_TAIL(values, i, count, tanh)
    } else if (activation == Activation::relu) {
        // Written so that what is not a number stays so.
        for (int64_t i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
    }
}

CTORCH_VECTORIZED void activation_gradient(
    Activation activation, const float *values, const float *given, float *to, int64_t count) {
    switch (activation) {
    case Activation::identity: std::copy_n(given, count, to); break;
    case Activation::tanh:
        for (int64_t i = 0; i < count; i++) to[i] = given[i] * (1 - values[i] * values[i]);
        break;
    case Activation::relu:
        for (int64_t i = 0; i < count; i++) to[i] = values[i] > 0 ? given[i] : 0;
        break;
    }
}

}  // namespace ctorch
