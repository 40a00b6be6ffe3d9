#pragma once

#include <stdbool.h>
#include <stddef.h>

// Arithmetic on lanes of eight floats for x86-64, where a compiler that is told nothing takes four at a time. On every other
// architecture there is nothing here.
#if defined(__x86_64__)

/// Whether the processor multiplies and adds eight floats in one instruction (AVX2 and FMA).
bool wide_lanes_available(void);

/// x·W + b for some rows; only where `wide_lanes_available()`. Strides count floats.
///
/// The elements of a row are added up in the same order whatever the number of rows, so that no row's result depends on the others.
///
/// @param x The first row.
/// @param rows Number of rows.
/// @param weight W, for each input one row of `outputs` lanes.
/// @param bias b; a stride of 0 where all rows have the same one.
/// @param inputs Floats of a row of x.
/// @param outputs Lanes of a row of the result.
/// @param out The result's first row; it may be b, and not x.
void wide_lanes_dense(
    const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *weight, const float *bias, ptrdiff_t bias_stride,
    ptrdiff_t inputs, ptrdiff_t outputs, float *out, ptrdiff_t out_stride);

/// One step of a gated recurrent unit; only where `wide_lanes_available()`. Gates are in the order reset, update, new, each of as many
/// lanes as the state.
///
/// @param gates What the input makes of the gates.
/// @param weight For each unit one row of the three gates.
/// @param bias The bias of the recurrent half, three gates.
/// @param units Elements of the state.
/// @param lanes Lanes of the state.
/// @param before The state before.
/// @param state The state after; not `before`, which each part of it reads.
void wide_lanes_recur(
    const float *gates, const float *weight, const float *bias, ptrdiff_t units, ptrdiff_t lanes, const float *before, float *state);

/// tanh of some lanes in place, to 4e-7; only where `wide_lanes_available()`.
void wide_lanes_tanh(float *row, ptrdiff_t lanes);

#endif
