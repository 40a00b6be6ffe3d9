// Where tensors lie, and which form an operation takes there.
#ifndef CTORCH_DEVICE_H
#define CTORCH_DEVICE_H

#include <ATen/core/Tensor.h>

namespace ctorch {

// Where tensors are made, in the whole process.
at::Device current_device();

// Whether operations on a tensor are put together from LibTorch's, which know every device (plain.h): our own loops read memory of
// the CPU.
bool takes_plain_form(const at::Tensor &tensor);

}  // namespace ctorch

#endif
