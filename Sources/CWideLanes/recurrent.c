#include "wide_lanes.h"

#if defined(__x86_64__)

#include "tanh.h"

enum { lane = 8, most_lanes = 4 };

// Some lanes of the state after one step: all three gates of them stay in registers. The count is a constant where it is called.
WIDE_INLINE void advance(
    const float *gates, const float *weight, const float *bias, ptrdiff_t units, ptrdiff_t width, const float *before,
    const float *old, float *state, const int lanes) {
    __m256 sums[3][most_lanes];
#pragma clang loop unroll(full)
    for (int gate = 0; gate < 3; gate++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) sums[gate][i] = _mm256_loadu_ps(bias + gate * width + i * lane);
    }
    for (ptrdiff_t unit = 0; unit < units; unit++) {
        __m256 value = _mm256_broadcast_ss(before + unit);
        const float *row = weight + unit * 3 * width;
#pragma clang loop unroll(full)
        for (int gate = 0; gate < 3; gate++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < lanes; i++) {
                sums[gate][i] = _mm256_fmadd_ps(value, _mm256_loadu_ps(row + gate * width + i * lane), sums[gate][i]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < lanes; i++) {
        __m256 reset = wide_sigmoid(_mm256_add_ps(_mm256_loadu_ps(gates + i * lane), sums[0][i]));
        __m256 update = wide_sigmoid(_mm256_add_ps(_mm256_loadu_ps(gates + width + i * lane), sums[1][i]));
        __m256 new = wide_tanh(_mm256_fmadd_ps(reset, sums[2][i], _mm256_loadu_ps(gates + 2 * width + i * lane)));
        __m256 change = _mm256_sub_ps(_mm256_loadu_ps(old + i * lane), new);
        _mm256_storeu_ps(state + i * lane, _mm256_fmadd_ps(update, change, new));
    }
}

WIDE void wide_lanes_recur(
    const float *gates, const float *weight, const float *bias, ptrdiff_t units, ptrdiff_t lanes, const float *before, float *state) {
    const ptrdiff_t width = lanes * lane;
    ptrdiff_t column = 0;
#define AT(column) gates + (column), weight + (column), bias + (column), units, width, before, before + (column), state + (column)
    for (; column + most_lanes * lane <= width; column += most_lanes * lane) advance(AT(column), most_lanes);
    for (; column + 2 * lane <= width; column += 2 * lane) advance(AT(column), 2);
    if (column < width) advance(AT(column), 1);
#undef AT
}

#endif
