"""Training of a part of a network with batch norms, float64: frozen.json.

Run with /usr/bin/python3 test/golden/frozen.py. Network of test/support/small-network.ts with two blocks: convolution 3x3 without bias,
batch norm (momentum 0.25 in PyTorch's sense), ReLU; then a dense layer. Parameters are pattern(name, ...) of the same names.

all trained, batch norms in eval()     running statistics normalise and stay; scale and bias learn
first block frozen                     its parameters need no gradient and its batch norm is in eval(); the rest is in train()
head alone                             as before, for both blocks
head, then all, then second block      Adam at a rate of 0.01, two steps each; what is frozen has no gradient, and its batch norm is in eval()

The first three take three steps of SGD at a rate of 0.1.
"""

from torch import nn, optim
from torch.nn.functional import cross_entropy

import torch

from golden import tensor, write

torch.set_default_dtype(torch.float64)


def network():
    model = nn.ModuleDict()
    for block in range(2):
        model[f"conv{block}"] = nn.Conv2d(2, 2, 3, padding=1, bias=False)
        model[f"conv{block}"].weight.data = tensor(f"conv{block}.weight", [2, 2, 3, 3], 0.5)
        norm = nn.BatchNorm2d(2, momentum=0.25)
        norm.weight.data, norm.bias.data = tensor(f"bn{block}.scale", [2], 0.25, 1), tensor(f"bn{block}.bias", [2], 0.25)
        norm.running_mean = tensor(f"bn{block}.mean", [2], 0.25)
        norm.running_var = tensor(f"bn{block}.variance", [2], 0.25, 1)
        model[f"bn{block}"] = norm
    model["head"] = nn.Linear(72, 3)
    model["head"].weight.data, model["head"].bias.data = tensor("head.weight", [3, 72], 0.25), tensor("head.bias", [3], 0.25)
    return model


def run(name, evaluated, *frozen, steps=3, adam=False):
    model = network()
    model.train()
    for layer in evaluated:
        model[layer].eval()
    optimizer = optim.Adam(model.parameters(), 0.01) if adam else optim.SGD(model.parameters(), 0.1)
    image, labels = tensor("image", [6, 2, 6, 6]), torch.arange(6) % 3
    losses = []
    for step in range(steps * len(frozen)):
        for layer, module in model.items():
            is_frozen = layer in frozen[step // steps]
            module.requires_grad_(not is_frozen)
            module.train(not is_frozen and layer not in evaluated)
        x = image
        for block in range(2):
            x = model[f"bn{block}"](model[f"conv{block}"](x)).relu()
        loss = cross_entropy(model["head"](x.flatten(1)), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    values = {f"head.bias": model["head"].bias, "head.weight": model["head"].weight.flatten()[:6]}
    for block in range(2):
        norm = model[f"bn{block}"]
        values |= {f"conv{block}.weight": model[f"conv{block}"].weight.flatten(), f"bn{block}.scale": norm.weight,
                   f"bn{block}.bias": norm.bias, f"bn{block}.mean": norm.running_mean, f"bn{block}.variance": norm.running_var}  # fmt: skip
    return {"name": name, "losses": losses, "values": values}


if __name__ == "__main__":
    blocks = [["conv0", "bn0"], ["conv1", "bn1"]]
    cases = [
        run("all trained, batch norms in eval()", ["bn0", "bn1"], []),
        run("first block frozen", ["bn0"], blocks[0]),
        run("head alone", ["bn0", "bn1"], blocks[0] + blocks[1]),
    ]
    stages = blocks[0] + blocks[1], [], blocks[0] + ["head"]
    stages = run("head, then all, then second block", [], *stages, steps=2, adam=True)
    write("frozen.json", {"cases": cases, "stages": [stages]})
