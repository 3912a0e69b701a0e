"""torchvision's MobileNets, EfficientNet-B0 and ConvNeXt in inference mode, and ConvNeXt of other sizes: mobile_networks.json, with a
few logits and a digest of the names and shapes of their parameters and running statistics.

Run with /usr/bin/python3 test/golden/mobile_networks.py. Values and input are patterns (see pattern.py) of scale and offset as below,
running statistics included, so that every layer matters to the logits; 10 classes, input (2, 3, 64, 64), float64 arithmetic on
float32 values. `float32Error` is how far torchvision itself is off in float32, `sensitivity` how much the logits of the two pictures
differ. `gradients` holds, for each parameter in the order of their names, the norm of the gradient of the mean cross-entropy with
classes 0 and 1, and its dot product with the pattern `probe/<name>`; `gradientError` is the worst of torchvision's own in float32,
relative to the norm.

ConvNeXt atto and nano are timm's convnext_atto and convnext_nano, 3.7 and 15.6 million parameters as its model pages have it:

    stem        4x4 convolution of stride 4 with bias, layer norm of each pixel's channels (eps 1e-6)
    block       x + gamma * W2 gelu(W1 norm(depthwise 7x7 of x)), all with bias, four times as wide inside, GELU with erf
    between     layer norm, 2x2 convolution of stride 2, before every stage but the first
    head        mean over pixels, layer norm, dense

`Reference` below is that, written down without torchvision; its tiny size must give torchvision's logits, which is asserted. Its
parameters are called as in torchvision's ConvNeXt.
"""

import hashlib

import torch
import torchvision
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

from golden import relative_error, tensor, write

PUBLISHED = {
    "mobilenet_v2": 3_504_872,
    "mobilenet_v3_large": 5_483_032,
    "mobilenet_v3_small": 2_542_856,
    "efficientnet_b0": 5_288_548,
    "convnext_tiny": 28_589_128,
    "convnext_atto": 3_695_520,
    "convnext_nano": 15_593_560,
}
# Of the batch norms' weights: with 1, what a picture changes would shrink or grow a thousandfold on the way.
GAIN = {"mobilenet_v2": 0.95, "mobilenet_v3_large": 0.92, "mobilenet_v3_small": 1.1, "efficientnet_b0": 1.24}
TRAINED = ("mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "convnext_atto")
CONVNEXT = {
    "convnext_tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "convnext_atto": ((2, 2, 6, 2), (40, 80, 160, 320)),
    "convnext_nano": ((2, 2, 8, 2), (80, 160, 320, 640)),
}


def recipe(name, dims, gain):
    if name.endswith("running_var"):
        return 0.2, 1.0
    if name.endswith("layer_scale"):
        return 0.2, 0.6
    if len(dims) == 1 and name.endswith("weight"):
        return 0.2, gain
    if len(dims) == 1:
        return 0.1, 0.0
    return round((6 / torch.Size(dims[1:]).numel()) ** 0.5, 6), 0.0


def convnext_shapes(depths, widths, classes):
    """Names and shapes of the parameters, in no particular order."""
    shapes = {}

    def layer(name, *dims):
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = dims, dims[:1]

    for stage, (depth, width) in enumerate(zip(depths, widths)):
        if stage == 0:
            layer("features.0.0", width, 3, 4, 4)
            layer("features.0.1", width)
        else:
            layer(f"features.{2 * stage}.0", widths[stage - 1])
            layer(f"features.{2 * stage}.1", width, widths[stage - 1], 2, 2)
        for block in range(depth):
            name = f"features.{2 * stage + 1}.{block}"
            shapes[f"{name}.layer_scale"] = (width, 1, 1)
            layer(f"{name}.block.0", width, 1, 7, 7)
            layer(f"{name}.block.2", width)
            layer(f"{name}.block.3", 4 * width, width)
            layer(f"{name}.block.5", width, 4 * width)
    layer("classifier.0", widths[-1])
    layer("classifier.2", classes, widths[-1])
    return shapes


def convnext(values, depths, x):
    def of(name):
        return values[f"{name}.weight"], values[f"{name}.bias"]

    def norm(name, x):
        weight, bias = of(name)
        centered = x - x.mean(1, keepdim=True)
        h = centered / (centered.pow(2).mean(1, keepdim=True) + 1e-6).sqrt()
        return h * weight[:, None, None] + bias[:, None, None]

    def pointwise(name, x):
        weight, bias = of(name)
        return torch.einsum("oc,nchw->nohw", weight, x) + bias[:, None, None]

    for stage, depth in enumerate(depths):
        if stage == 0:
            x = norm("features.0.1", F.conv2d(x, *of("features.0.0"), stride=4))
        else:
            x = F.conv2d(norm(f"features.{2 * stage}.0", x), *of(f"features.{2 * stage}.1"), stride=2)
        for block in range(depth):
            name = f"features.{2 * stage + 1}.{block}"
            y = norm(f"{name}.block.2", F.conv2d(x, *of(f"{name}.block.0"), padding=3, groups=x.shape[1]))
            u = pointwise(f"{name}.block.3", y)
            gelu = u / 2 * (1 + torch.erf(u / 2**0.5))
            x = x + values[f"{name}.layer_scale"] * pointwise(f"{name}.block.5", gelu)
    return F.linear(norm("classifier.0", x.mean((2, 3), keepdim=True)).flatten(1), *of("classifier.2"))


def filled(name, shapes):
    gain = GAIN.get(name, 1.0)
    return {key: tensor(f"{name}/{key}", dims, *recipe(key, dims, gain)) for key, dims in shapes.items()}


def torchvisions(name):
    """Shapes, and a function from values and images to logits."""
    model = getattr(torchvision.models, name)(num_classes=10).double().eval()
    shapes = {key: list(value.shape) for key, value in model.state_dict().items() if value.is_floating_point()}

    def run(values, x):
        return functional_call(model.to(x.dtype), values, (x,))

    return shapes, run


def written_down(name):
    depths, widths = CONVNEXT[name]
    return convnext_shapes(depths, widths, 10), lambda values, x: convnext(values, depths, x)


def count(shapes, classes):
    """Of parameters, with another number of classes."""
    head = sum(torch.Size(dims[1:]).numel() for key, dims in shapes.items() if key.startswith("classifier") and dims[0] == 10)
    learned = {key: dims for key, dims in shapes.items() if "running" not in key}
    return sum(torch.Size(dims).numel() for dims in learned.values()) + (classes - 10) * head


def gradients(run, values, x):
    """Of each parameter by name, sorted."""
    learned = {key: value.clone().requires_grad_() for key, value in values.items() if "running" not in key}
    with torch.enable_grad():
        loss = F.cross_entropy(run({**values, **learned}, x), torch.arange(len(x)))
        found = torch.autograd.grad(loss, [learned[key] for key in sorted(learned)])
    return dict(zip(sorted(learned), found))


def described(name):
    shapes, run = torchvisions(name) if hasattr(torchvision.models, name) else written_down(name)
    assert count(shapes, 1000) == PUBLISHED[name], count(shapes, 1000)
    values = filled(name, shapes)
    x = tensor(f"{name}/image", [2, 3, 64, 64], 0.5, 0.5)
    logits = run(values, x)
    if name == "convnext_tiny":
        other, reference = written_down(name)
        assert {key: list(dims) for key, dims in other.items()} == shapes
        assert (reference(values, x) - logits).abs().max() < 1e-12
    values32 = {key: value.float() for key, value in values.items()}
    single = run(values32, x.float())
    lines = sorted(",".join(map(str, [key, *dims])) for key, dims in shapes.items())
    content = {
        "name": name,
        "parameters": PUBLISHED[name],
        "gain": GAIN.get(name, 1.0),
        "tensors": len(shapes),
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "float32Error": float(f"{(single.double() - logits).abs().max():.1e}"),
        "sensitivity": float(f"{(logits[0] - logits[1]).abs().max():.1e}"),
        "logits": logits,
    }
    if name not in TRAINED:
        return content
    exact, found = gradients(run, values, x), gradients(run, values32, x.float())
    worst = max(relative_error(found[key], exact[key]) for key in exact)
    pairs = [[value.norm(), value.flatten() @ tensor(f"probe/{key}", [value.numel()])] for key, value in exact.items()]
    return {**content, "gradientError": float(f"{worst:.1e}"), "gradients": [[float(f"{n:.7g}") for n in pair] for pair in pairs]}


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        write("mobile_networks.json", {"models": [described(name) for name in PUBLISHED]})
