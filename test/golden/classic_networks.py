"""VGG16, InceptionV3 and Xception: classic_networks.json, with logits at a small size and at the network's own, gradients, and a digest of
the names and shapes of their parameters and running statistics.

Run with /usr/bin/python3 test/golden/classic_networks.py (minutes, 8 GB). Values and inputs are patterns (see pattern.py) of scale and
offset as in `recipe`, running statistics included, so that every layer matters to the logits; 10 classes, float64 arithmetic on float32
values. `logits` are those of two pictures of the size `size`, with running statistics; `ownSize` is one picture of the network's own
size and `ownLogits` its logits. `float32Error` is how far torch itself is off in float32, `sensitivity` how much the logits of the two
pictures differ.

`gradients` holds, for each parameter in the order of their names, the norm of the gradient of the mean cross-entropy of the two pictures
with classes 0 and 1, and its dot product with the pattern `probe/<name>`: no dropout, statistics of the batch for Xception and running
ones for InceptionV3, where those of two pictures make rounding errors grow to a hundredth. `gradientErrors` are the largest relative
error and the median of torch's own gradients in float32.

VGG16 and InceptionV3 are torchvision's, InceptionV3 without the auxiliary classifier. `xception` below is arXiv:1610.02357, figure 5, in the
variant whose weights are passed around for PyTorch: every window has padding 1, but for the two convolutions of the stem, which have
none; batch norms add 1e-5; no bias but the last layer's. With [n] for a separable convolution to n channels and batch norm:

    entry    conv 3x3/2 32, norm, relu, conv 3x3 64, norm, relu;
             x = pool(block(x)) + norm(1x1/2(x)) for [128] relu [128], relu [256] relu [256], relu [728] relu [728]
    middle   eight times x = x + relu [728] relu [728] relu [728]
    exit     x = pool(relu [728] relu [1024]) + norm(1x1/2(x)); [1536] relu [2048] relu; mean over pixels; dense
"""

import hashlib

import torch
import torchvision
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

from golden import relative_error, tensor, write


def xception_shapes(classes):
    shapes = {}

    def norm(name, channels):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{part}"] = [channels]

    def separable(name, inputs, outputs):
        shapes[f"{name}.conv1.weight"] = [inputs, 1, 3, 3]
        shapes[f"{name}.pointwise.weight"] = [outputs, inputs, 1, 1]

    shapes["conv1.weight"], shapes["conv2.weight"] = [32, 3, 3, 3], [64, 32, 3, 3]
    inputs = 64
    for number, widths in BLOCKS.items():
        name = f"block{number}"
        if len(widths) == 2:
            shapes[f"{name}.skip.weight"] = [widths[-1], inputs, 1, 1]
            norm(f"{name}.skipbn", widths[-1])
        for index, outputs in enumerate(widths):
            place = 3 * index + (number > 1)
            separable(f"{name}.rep.{place}", inputs, outputs)
            norm(f"{name}.rep.{place + 1}", outputs)
            inputs = outputs
    separable("conv3", 1024, 1536)
    separable("conv4", 1536, 2048)
    for index, channels in enumerate((32, 64, 1536, 2048)):
        norm(f"bn{index + 1}", channels)
    return {**shapes, "fc.weight": [classes, 2048], "fc.bias": [classes]}


BLOCKS = {
    1: (128, 128), 2: (256, 256), 3: (728, 728),
    **{number: (728, 728, 728) for number in range(4, 12)},
    12: (728, 1024),
}  # fmt: skip


def xception(values, x, training=False):
    def norm(name, x):
        """(x - mean) / sqrt(variance + 1e-5) per channel, with the batch's own statistics in training."""
        mean = x.mean((0, 2, 3)) if training else values[f"{name}.running_mean"]
        variance = x.var((0, 2, 3), unbiased=False) if training else values[f"{name}.running_var"]
        slope = values[f"{name}.weight"] / (variance + 1e-5).sqrt()
        return (x - mean[:, None, None]) * slope[:, None, None] + values[f"{name}.bias"][:, None, None]

    def separable(name, x):
        deep = F.conv2d(x, values[f"{name}.conv1.weight"], padding=1, groups=x.shape[1])
        return torch.einsum("oc,nchw->nohw", values[f"{name}.pointwise.weight"][:, :, 0, 0], deep)

    x = norm("bn1", F.conv2d(x, values["conv1.weight"], stride=2)).clamp(min=0)
    x = norm("bn2", F.conv2d(x, values["conv2.weight"])).clamp(min=0)
    for number, widths in BLOCKS.items():
        name, y = f"block{number}", x
        for index in range(len(widths)):
            place = 3 * index + (number > 1)
            if number > 1 or index > 0:
                y = y.clamp(min=0)
            y = norm(f"{name}.rep.{place + 1}", separable(f"{name}.rep.{place}", y))
        if len(widths) == 2:
            skip = torch.einsum("oc,nchw->nohw", values[f"{name}.skip.weight"][:, :, 0, 0], x[:, :, ::2, ::2])
            x = F.max_pool2d(y, 3, 2, 1) + norm(f"{name}.skipbn", skip)
        else:
            x = x + y
    x = norm("bn3", separable("conv3", x)).clamp(min=0)
    x = norm("bn4", separable("conv4", x)).clamp(min=0)
    return F.linear(x.mean((2, 3)), values["fc.weight"], values["fc.bias"])


# name: parameters of 1000 classes as published, small size, own size, power of the kernels, weight of the batch norms.
NETWORKS = {
    "vgg16": (138_357_544, [64, 96], 224, 6, 1),
    # 27,161,264 with the auxiliary classifier.
    "inception_v3": (27_161_264 - 3_326_696, [139, 107], 299, 6, 1.05),
    "xception": (22_855_952, [75, 96], 299, 3, 1.2),
}


def recipe(name, dims, power, gain):
    if name.endswith("running_var"):
        return 0.2, 1.0
    if len(dims) == 1 and name.endswith("weight"):
        return 0.2, gain
    if len(dims) == 1:
        return 0.1, 0.0
    return round((power / torch.Size(dims[1:]).numel()) ** 0.5, 6), 0.0


def network(name, classes=10):
    """Shapes, and a function from values and images to logits."""
    if name == "xception":
        return xception_shapes(classes), xception
    options = {"aux_logits": False} if name == "inception_v3" else {}
    model = getattr(torchvision.models, name)(init_weights=False, num_classes=classes, **options).eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items() if value.is_floating_point()}
    return shapes, lambda values, x: functional_call(model, values, (x,))


def gradients(run, values, x):
    """Of each parameter by name, sorted."""
    learned = {key: value.requires_grad_() for key, value in values.items() if "running" not in key}
    with torch.enable_grad():
        logits = run(values, x, training=True) if run is xception else run(values, x)
        loss = F.cross_entropy(logits, torch.arange(len(x)))
        found = torch.autograd.grad(loss, [learned[key] for key in sorted(learned)])
    for value in learned.values():
        value.requires_grad_(False)
    return dict(zip(sorted(learned), found))


def described(name):
    parameters, size, own, power, gain = NETWORKS[name]
    full, _ = network(name, 1000)
    counted = sum(torch.Size(dims).numel() for key, dims in full.items() if "running" not in key)
    assert counted == parameters, (name, counted)
    shapes, run = network(name)
    values = {key: tensor(f"{name}/{key}", dims, *recipe(key, dims, power, gain)) for key, dims in shapes.items()}
    x = tensor(f"{name}/image", [2, 3, *size], 0.5, 0.5)
    large = tensor(f"{name}/own", [1, 3, own, own], 0.5, 0.5)
    logits, own_logits = run(values, x), run(values, large)
    exact = gradients(run, values, x)
    pairs = [[value.norm(), value.flatten() @ tensor(f"probe/{key}", [value.numel()])] for key, value in exact.items()]
    values = {key: value.float() for key, value in values.items()}
    single = run(values, x.float())
    errors = sorted(relative_error(value, exact[key]) for key, value in gradients(run, values, x.float()).items())
    lines = sorted(",".join(map(str, [key, *dims])) for key, dims in shapes.items())
    return {
        "name": name,
        "parameters": parameters,
        "size": size,
        "power": power,
        "gain": gain,
        "tensors": len(shapes),
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "float32Error": float(f"{(single.double() - logits).abs().max():.1e}"),
        "sensitivity": float(f"{(logits[0] - logits[1]).abs().max():.1e}"),
        "logits": logits,
        "ownSize": own,
        "ownLogits": own_logits,
        "gradientErrors": [float(f"{error:.1e}") for error in (errors[-1], errors[len(errors) // 2])],
        "gradients": [[float(f"{n:.7g}") for n in pair] for pair in pairs],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        write("classic_networks.json", {"models": [described(name) for name in NETWORKS]})
