#include "wide_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

// For these functions alone, so that the program still runs where there is neither.
#define WIDE __attribute__((target("avx2,fma")))
#define TILE static inline WIDE __attribute__((always_inline)) void

enum { lane = 8, most_rows = 4, most_lanes = 4 };

bool wide_lanes_available(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// Some rows and lanes of the result, which stay in registers. The counts are constants where it is called.
TILE tile(
    const float *x, ptrdiff_t x_stride, const float *weight, ptrdiff_t weight_stride, const float *bias,
    ptrdiff_t bias_stride, ptrdiff_t inputs, float *out, ptrdiff_t out_stride, const int rows, const int lanes) {
    __m256 sums[most_rows][most_lanes];
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) sums[row][i] = _mm256_loadu_ps(bias + row * bias_stride + i * lane);
    }
    for (ptrdiff_t k = 0; k < inputs; k++) {
        __m256 column[most_lanes];
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) column[i] = _mm256_loadu_ps(weight + k * weight_stride + i * lane);
#pragma clang loop unroll(full)
        for (int row = 0; row < rows; row++) {
            __m256 value = _mm256_broadcast_ss(x + row * x_stride + k);
#pragma clang loop unroll(full)
            for (int i = 0; i < lanes; i++) sums[row][i] = _mm256_fmadd_ps(value, column[i], sums[row][i]);
        }
    }
#pragma clang loop unroll(full)
    for (int row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) _mm256_storeu_ps(out + row * out_stride + i * lane, sums[row][i]);
    }
}

WIDE void wide_lanes_dense(
    const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *weight, const float *bias, ptrdiff_t bias_stride,
    ptrdiff_t inputs, ptrdiff_t outputs, float *out, ptrdiff_t out_stride) {
    const ptrdiff_t width = outputs * lane;
    ptrdiff_t row = 0;
#define AT(column) \
    x + row * x_stride, x_stride, weight + (column), width, bias + row * bias_stride + (column), bias_stride, inputs, \
        out + row * out_stride + (column), out_stride
    for (; row + 4 <= rows; row += 4) {
        ptrdiff_t column = 0;
        for (; column + 2 * lane <= width; column += 2 * lane) tile(AT(column), 4, 2);
        if (column < width) tile(AT(column), 4, 1);
    }
    for (; row < rows; row++) {
        ptrdiff_t column = 0;
        for (; column + 4 * lane <= width; column += 4 * lane) tile(AT(column), 1, 4);
        for (; column < width; column += lane) tile(AT(column), 1, 1);
    }
#undef AT
}

#endif
