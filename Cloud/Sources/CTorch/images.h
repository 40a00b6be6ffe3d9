// Windows that slide over images, with their gradients.
#ifndef CTORCH_IMAGES_H
#define CTORCH_IMAGES_H

#include <ATen/core/Tensor.h>

#include "ctorch.h"

namespace ctorch {

// image [rows, height · width, channels] -> [rows, windows, size · size · channels], each window row by row.
at::Tensor patches(const at::Tensor &image, const ct_windows &windows);

// The adjoint: patches [rows, windows, size · size · channels] -> [rows, height · width, channels], summed where windows overlap.
at::Tensor fold(const at::Tensor &patches, const ct_windows &windows);

// image [rows, height · width, channels] -> [rows, windows, channels]; these windows reach over no border.
at::Tensor max_pool(const at::Tensor &image, const ct_windows &windows);
at::Tensor average_pool(const at::Tensor &image, const ct_windows &windows);

}  // namespace ctorch

#endif
