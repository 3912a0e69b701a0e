"""Names and shapes of the parameters of published architectures, from torchvision: architectures.json.

Run with /usr/bin/python3 test/golden/architectures.py. `parameters` is the published count (torchvision's model pages);
`shapes` maps parameter names to dims, in torchvision's order; `buffers` maps the running statistics to theirs.
"""

import torchvision

from golden import write

PUBLISHED = {"resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032, "mobilenet_v2": 3_504_872}


def describe(name, published):
    model = getattr(torchvision.models, name)()
    shapes = {key: list(value.shape) for key, value in model.named_parameters()}
    assert sum(value.numel() for value in model.parameters()) == published
    buffers = {key: list(value.shape) for key, value in model.named_buffers() if value.ndim}
    return {"parameters": published, "shapes": shapes, "buffers": buffers}


if __name__ == "__main__":
    write("architectures.json", {name: describe(name, published) for name, published in PUBLISHED.items()})
