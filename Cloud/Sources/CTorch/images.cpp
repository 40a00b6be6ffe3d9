#include "images.h"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "device.h"
#include "parallel.h"
#include "plain.h"

namespace ctorch {

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

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

// Where the windows of one image are: a row of a window is a run of floats in the image and in its patch.
struct Layout {
    int64_t size, stride, out_height, out_width, width, channels;

    int64_t image_size(int64_t height) const { return height * width * channels; }
    int64_t patches_size() const { return out_height * out_width * size * size * channels; }

    // Calls a body with the place of each run in the image and in the patches; all have `size * channels` floats.
    template <typename Body>
    void each_run(Body body) const {
        int64_t patch = 0;
        for (int64_t top = 0; top < out_height * stride; top += stride) {
            for (int64_t left = 0; left < out_width * stride; left += stride) {
                for (int64_t row = top; row < top + size; row++, patch += size * channels) {
                    body((row * width + left) * channels, patch);
                }
            }
        }
    }
};

// About as many floats as are worth a thread.
constexpr int64_t floats_of_piece = 1 << 15;

// Calls a body with each image, several at a time; windows overlap, but those of one image stay on one thread.
template <typename Body>
void each_image(int64_t count, int64_t floats, Body body) {
    Pieces(count, std::max<int64_t>(1, floats_of_piece / floats)).each([&](int64_t, int64_t begin, int64_t end) {
        for (int64_t image = begin; image < end; image++) body(image);
    });
}

// Written out, as PyTorch's unfold copies float by float and its gradient goes through an index for each.
//
// [rows, height, width, channels] -> [rows, windows · size · size · channels].
Tensor gathered(const Tensor &x, const Layout &layout) {
    Tensor result = at::empty({x.size(0), layout.patches_size()}, x.options());
    const int64_t from_size = layout.image_size(x.size(1)), to_size = layout.patches_size();
    const int64_t run = layout.size * layout.channels;
    const float *from = x.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    each_image(x.size(0), to_size, [&](int64_t image) {
        layout.each_run([&](int64_t source, int64_t target) {
            const float *const source_run = from + image * from_size + source;
            float *const target_run = to + image * to_size + target;
            for (int64_t i = 0; i < run; i++) target_run[i] = source_run[i];
        });
    });
    return result;
}

// The adjoint: [rows, windows · size · size · channels] -> [rows, height, width, channels].
Tensor scattered(const Tensor &x, const Layout &layout, int64_t height) {
    Tensor result = at::zeros({x.size(0), height, layout.width, layout.channels}, x.options());
    const int64_t from_size = layout.patches_size(), to_size = layout.image_size(height);
    const int64_t run = layout.size * layout.channels;
    const float *from = x.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    each_image(x.size(0), from_size, [&](int64_t image) {
        layout.each_run([&](int64_t target, int64_t source) {
            const float *const source_run = from + image * from_size + source;
            float *const target_run = to + image * to_size + target;
            for (int64_t i = 0; i < run; i++) target_run[i] += source_run[i];
        });
    });
    return result;
}

// The layout and the height of an image, as a graph keeps them.
struct Kept {
    static std::vector<int64_t> values(const Layout &layout, int64_t height) {
        return {layout.size, layout.stride, layout.out_height, layout.out_width, layout.width, layout.channels, height};
    }
    static std::pair<Layout, int64_t> read(AutogradContext *context) {
        const auto kept = context->saved_data["layout"].toIntVector();
        return {Layout{kept[0], kept[1], kept[2], kept[3], kept[4], kept[5]}, kept[6]};
    }
};

class Patches : public torch::autograd::Function<Patches> {
public:
    static Tensor forward(AutogradContext *context, const Tensor &x, const Layout &layout) {
        context->saved_data["layout"] = Kept::values(layout, x.size(1));
        return gathered(x, layout);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto [layout, height] = Kept::read(context);
        return {scattered(gradients[0].contiguous(), layout, height), Tensor()};
    }
};

class Fold : public torch::autograd::Function<Fold> {
public:
    static Tensor forward(AutogradContext *context, const Tensor &x, const Layout &layout, int64_t height) {
        context->saved_data["layout"] = Kept::values(layout, height);
        return scattered(x, layout, height);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto [layout, height] = Kept::read(context);
        return {gathered(gradients[0].contiguous(), layout), Tensor(), Tensor()};
    }
};

}  // namespace

at::Tensor patches(const at::Tensor &image, const ct_windows &windows) {
    auto x = with_axes(image, windows);
    auto bottom = behind(windows, windows.out_height, windows.top, windows.height);
    auto right = behind(windows, windows.out_width, windows.left, windows.width);
    if (windows.top + windows.left + bottom + right > 0) {
        x = at::constant_pad_nd(x, {0, 0, windows.left, right, windows.top, bottom});
    }
    const Layout layout{
        windows.size, windows.stride, windows.out_height, windows.out_width, x.size(2), x.size(3)};
    const auto elements =
        takes_plain_form(x) ? plain::gathered(x, windows) : Patches::apply(x.contiguous(), layout);
    return elements.reshape(
        {image.size(0), windows.out_height * windows.out_width, windows.size * windows.size * image.size(2)});
}

at::Tensor fold(const at::Tensor &patches, const ct_windows &windows) {
    const int64_t pixels = windows.size * windows.size;
    TORCH_CHECK(
        patches.dim() == 3 && patches.size(1) == windows.out_height * windows.out_width &&
            patches.size(2) % pixels == 0,
        "windows of ", windows.size, " x ", windows.size, " positions cannot have the shape ", patches.sizes());
    const int64_t channels = patches.size(2) / pixels;
    const int64_t height = windows.top + windows.height + behind(windows, windows.out_height, windows.top, windows.height);
    const int64_t width = windows.left + windows.width + behind(windows, windows.out_width, windows.left, windows.width);
    const Layout layout{windows.size, windows.stride, windows.out_height, windows.out_width, width, channels};
    const auto elements = patches.reshape({patches.size(0), -1});
    const auto image = takes_plain_form(elements) ? plain::scattered(elements, windows, height, width)
                                                  : Fold::apply(elements.contiguous(), layout, height);
    return image.narrow(1, windows.top, windows.height)
        .narrow(2, windows.left, windows.width)
        .reshape({patches.size(0), windows.height * windows.width, channels});
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
