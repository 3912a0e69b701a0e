"""torchvision's residual networks in inference mode: resnets.json, with the names and shapes of their parameters and a few logits.

Run with /usr/bin/python3 test/golden/resnets.py. Parameters and input are patterns (see pattern.py) of scale and offset as below, so
that every layer matters to the logits; 10 classes, input (2, 3, 64, 64), float64 arithmetic on float32 values.
"""

import torch
import torchvision

from golden import tensor, write


def recipe(name, dims):
    if name.endswith("running_var"):
        return 0.2, 1.0
    if len(dims) == 1 and name.endswith("weight"):
        return 0.2, 0.8
    if len(dims) == 1:
        return 0.1, 0.0
    return round((3 / torch.Size(dims[1:]).numel()) ** 0.5, 6), 0.0


def described(name):
    model = getattr(torchvision.models, name)(num_classes=10).double().eval()
    tensors = []
    for key, value in model.state_dict().items():
        if value.is_floating_point():
            scale, offset = recipe(key, list(value.shape))
            value.copy_(tensor(f"{name}/{key}", value.shape, scale, offset))
            tensors.append([key, *value.shape])
    with torch.no_grad():
        logits = model(tensor(f"{name}/image", [2, 3, 64, 64], 0.5, 0.5))
    return {"name": name, "logits": logits, "tensors": tensors}


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("resnets.json", {"models": [described(name) for name in ("resnet18", "resnet34", "resnet50")]})
