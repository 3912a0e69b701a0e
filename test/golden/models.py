"""Four networks trained for five steps on one batch: models-*.json.

Run with /usr/bin/python3 test/golden/models.py [MODEL...] to write; with --search N to look for a salt that keeps every
activation away from the kinks of ReLU and max-pool, where a last-bit difference would change the gradient.

The reference numbers are float64 arithmetic on float32 parameters and inputs; `lossesFloat32` and `float32Error` say what
PyTorch itself reaches in float32. Layers are named as in the parameters; kernels are (out, in, h, w), Linear weights (out, in).

four-galaxies  conv1 3->8 3x3 stride 2 no padding, ReLU, max-pool 2 stride 2, conv2 8->8 3x3 stride 2 no padding, ReLU,
               max-pool 2 stride 2, flatten (channel, row, column), dense1 392->16, ReLU, dense2 16->4.
resnet18       torchvision's, 10 classes, training mode.
mobile         stem 3x3 stride 2 padding 1, norm, ReLU6; three inverted residuals `blocks.N`: expand 1x1, norm, ReLU6,
               depthwise 3x3 (stride 1, 2, 1) padding 1, norm, ReLU6, project 1x1, norm, plus the input in blocks 0 and 2;
               mean over pixels; classifier. Convolutions without bias.
attention      x = embedding[tokens] + position; x += proj(attend(q(y), k(y), v(y))), y = norm1(x);
               x += fc2(gelu(fc1(norm2(x)))); logits = head(mean of x over positions). Two heads of 8 features (feature
               8*h+d belongs to head h), scores divided by sqrt(8), GELU with erf; k has no bias, as its gradient would be zero.

Batch norm: eps 1e-5, momentum 0.1 (running = 0.9 * running + 0.1 * batch), normalises with the biased variance, keeps the
unbiased one (N/(N-1)); running statistics begin at 0 and 1. Layer norm: eps 1e-5. Loss: softmax cross-entropy, mean.
"""

import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from golden import relative_error, summaries, tensor, total_norm, write
from optimizers import DEFAULTS, optimizer_of

STEPS = 5


class FourGalaxies(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 8, 3, 2)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.dense1 = nn.Linear(392, 16)
        self.relu3 = nn.ReLU()
        self.dense2 = nn.Linear(16, 4)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, hidden, outputs, stride):
        super().__init__()
        self.expand = nn.Conv2d(inputs, hidden, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(hidden)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(hidden)
        self.project = nn.Conv2d(hidden, outputs, 1, bias=False)
        self.project_norm = nn.BatchNorm2d(outputs)
        self.act = nn.ReLU6()
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.act(self.expand_norm(self.expand(x)))
        y = self.act(self.depthwise_norm(self.depthwise(y)))
        y = self.project_norm(self.project(y))
        return x + y if self.residual else y


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(8)
        self.act = nn.ReLU6()
        self.blocks = nn.Sequential(
            InvertedResidual(8, 16, 8, 1), InvertedResidual(8, 32, 16, 2), InvertedResidual(16, 64, 16, 1)
        )
        self.classifier = nn.Linear(16, 5)

    def forward(self, x):
        return self.classifier(self.blocks(self.act(self.stem_norm(self.stem(x)))).mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, vocabulary=24, length=10, width=16, heads=2, hidden=32, classes=3):
        super().__init__()
        self.heads = heads
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.zeros(length, width))
        self.norm1 = nn.LayerNorm(width)
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position
        y = self.norm1(x)
        q, k, v = (layer(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        weights = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).softmax(3)
        x = x + self.proj((weights @ v).transpose(1, 2).flatten(2))
        x = x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
        return self.head(x.mean(1))


# name: (constructor, input dims, classes, salt, optimizer)
MODELS = {
    "four-galaxies": (FourGalaxies, [8, 3, 128, 128], 4, 10, {"kind": "adam", "learningRate": 0.001}),
    "resnet18": (
        lambda: torchvision.models.resnet18(num_classes=10),
        [4, 3, 64, 64], 10, 143,
        {"kind": "sgd", "learningRate": 0.0002, "momentum": 0.9, "weightDecay": 1e-4},
    ),
    "mobile": (Mobile, [4, 3, 32, 32], 5, 0, {"kind": "rmsprop", "learningRate": 0.001, "epsilon": 1e-3}),
    "attention": (Attention, [6, 10], 3, 0, {"kind": "adamw", "learningRate": 0.01, "weightDecay": 0.05}),
}  # fmt: skip


def settings(name):
    chosen = MODELS[name][4]
    return {"kind": chosen["kind"], **DEFAULTS[chosen["kind"]], **chosen}


def recipe(parameter, name):
    """Scale and offset of a parameter's pattern: as He's uniform initialisation; norms' weights around 1; small biases."""
    if name.endswith("bias"):
        return 0.1, 0.0
    if parameter.ndim == 1:
        return 0.2, 1.0
    fan_in = parameter[0].numel()
    return round((6 / fan_in) ** 0.5, 6), 0.0


def build(name, salt, dtype):
    make, dims, classes, _, _ = MODELS[name]
    model = make().to(dtype).train()
    prefix = f"{name}#{salt}"
    described = []
    for key, parameter in model.named_parameters():
        scale, offset = recipe(parameter, key)
        parameter.data = tensor(f"{prefix}/{key}", parameter.shape, scale, offset, dtype)
        source = {"pattern": f"{prefix}/{key}", "scale": scale, "offset": offset}
        described.append({"name": key, "dims": list(parameter.shape), **source})
    labels = torch.arange(dims[0]) % classes
    if name == "attention":
        x = tensor(f"{prefix}/tokens", dims, 12, 12).long()
        source = {"dims": dims, "values": x.flatten()}
    else:
        x = tensor(f"{prefix}/input", dims, 0.5, 0.5, dtype)
        source = {"dims": dims, "pattern": f"{prefix}/input", "scale": 0.5, "offset": 0.5}
    return model, x, labels, {"input": source, "labels": labels, "classes": classes, "parameters": described}


def kink_margin(name, salt):
    """Smallest distance of an activation from a kink, over the root mean square of its tensor."""
    model, x, _, _ = build(name, salt, torch.float64)
    margins = [1.0]

    def look(module, inputs):
        value = inputs[0].detach()
        if not value.is_floating_point():
            return
        rms = value.pow(2).mean().sqrt()
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            margins.append((value.abs().min() / rms).item())
        if isinstance(module, nn.ReLU6):
            margins.append(((value - 6).abs().min() / rms).item())
        if isinstance(module, nn.MaxPool2d):
            padded = F.pad(value, [module.padding] * 4, value=-1.0)
            windows = padded.unfold(2, module.kernel_size, module.stride).unfold(3, module.kernel_size, module.stride)
            top = windows.flatten(4).topk(2, 4).values
            positive = top[..., 0] > 0
            margins.append(((top[..., 0] - top[..., 1])[positive].min() / rms).item())

    for module in model.modules():
        module.register_forward_pre_hook(look)
    with torch.no_grad():
        model(x)
    return min(margins)


def train(name, salt, dtype):
    model, x, labels, described = build(name, salt, dtype)
    optimizer = optimizer_of(model.parameters(), settings(name))
    losses = []
    for step in range(STEPS):
        logits = model(x)
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            first = logits.detach().clone()
            gradients = {key: parameter.grad.clone() for key, parameter in model.named_parameters()}
        losses.append(loss.item())
        optimizer.step()
    running = {key: value for key, value in model.named_buffers() if value.is_floating_point()}
    return described, losses, first, gradients, dict(model.named_parameters()), running


def golden(name):
    salt = MODELS[name][3]
    described, losses, logits, gradients, after, running = train(name, salt, torch.float64)
    _, losses32, logits32, gradients32, after32, running32 = train(name, salt, torch.float32)
    write(f"models-{name}.json", {
        "model": name,
        "kinkMargin": float(f"{kink_margin(name, salt):.1e}"),
        **described,
        "parameterCount": sum(value.numel() for value in after.values()),
        "optimizer": settings(name),
        "logits": logits,
        "logitsFloat32Error": float(f"{relative_error(logits32, logits):.1e}"),
        "gradientNorm": total_norm(gradients),
        "gradients": summaries(gradients, gradients32),
        "losses": losses,
        "lossesFloat32": losses32,
        "after": summaries(after, after32),
        "running": summaries(running, running32),
    })  # fmt: skip
    print("  losses", losses, "in float32", losses32)


if __name__ == "__main__":
    torch.set_num_threads(1)
    arguments = sys.argv[1:]
    count = int(arguments.pop(arguments.index("--search") + 1)) if "--search" in arguments else 0
    for name in [a for a in arguments if a in MODELS] or MODELS:
        if count:
            print(name, sorted(((kink_margin(name, salt), salt) for salt in range(count)), reverse=True)[:3])
        else:
            golden(name)
