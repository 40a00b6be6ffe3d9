#include "wide_lanes.h"

#if defined(__x86_64__)

#include "tanh.h"

WIDE void wide_lanes_tanh(float *row, ptrdiff_t lanes) {
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        _mm256_storeu_ps(row + 8 * lane, wide_tanh(_mm256_loadu_ps(row + 8 * lane)));
    }
}

#endif
