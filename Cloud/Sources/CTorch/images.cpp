#include "images.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace ctorch {

namespace {

// [rows, height · width, channels] -> [rows, height, width, channels].
at::Tensor with_axes(const at::Tensor &image, const ct_windows &windows) {
    TORCH_CHECK(
        image.dim() == 3 && image.size(1) == windows.height * windows.width, "an image of ", windows.height, " x ",
        windows.width, " positions cannot have the shape ", image.sizes());
    return image.reshape({image.size(0), windows.height, windows.width, image.size(2)});
}

// Positions of zeros behind the last one that the windows reach into.
int64_t behind(const ct_windows &windows, int64_t count, int64_t before, int64_t length) {
    return std::max<int64_t>(0, (count - 1) * windows.stride + windows.size - before - length);
}

template <typename Pool>
at::Tensor pooled(const at::Tensor &image, const ct_windows &windows, Pool pool) {
    auto result = pool(with_axes(image, windows).permute({0, 3, 1, 2})).permute({0, 2, 3, 1});
    TORCH_CHECK(
        result.size(1) == windows.out_height && result.size(2) == windows.out_width, "the windows give ",
        result.sizes(), ", not ", windows.out_height, " x ", windows.out_width);
    return result.reshape({image.size(0), windows.out_height * windows.out_width, image.size(2)});
}

}  // namespace

at::Tensor patches(const at::Tensor &image, const ct_windows &windows) {
    auto x = with_axes(image, windows);
    auto bottom = behind(windows, windows.out_height, windows.top, windows.height);
    auto right = behind(windows, windows.out_width, windows.left, windows.width);
    if (windows.top + windows.left + bottom + right > 0) {
        x = at::constant_pad_nd(x, {0, 0, windows.left, right, windows.top, bottom});
    }
    x = x.unfold(1, windows.size, windows.stride).unfold(2, windows.size, windows.stride);
    // [rows, out_height, out_width, channels, size, size], the last two from top to bottom and from left to right.
    return x.slice(1, 0, windows.out_height)
        .slice(2, 0, windows.out_width)
        .permute({0, 1, 2, 4, 5, 3})
        .reshape(
            {image.size(0), windows.out_height * windows.out_width, windows.size * windows.size * image.size(2)});
}

at::Tensor max_pool(const at::Tensor &image, const ct_windows &windows) {
    return pooled(image, windows, [&](const at::Tensor &x) {
        return at::max_pool2d(x, {windows.size, windows.size}, {windows.stride, windows.stride});
    });
}

at::Tensor average_pool(const at::Tensor &image, const ct_windows &windows) {
    return pooled(image, windows, [&](const at::Tensor &x) {
        return at::avg_pool2d(x, {windows.size, windows.size}, {windows.stride, windows.stride});
    });
}

}  // namespace ctorch
