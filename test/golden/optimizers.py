"""Every optimizer over one linear layer, five steps, float64: optimizers.json.

Run with /usr/bin/python3 test/golden/optimizers.py. Network: y = x weight^T + bias, x = pattern("optimizers/x", [6, 4]),
loss = mean over all elements of (y - pattern("optimizers/target", [6, 3]))^2, weight = pattern("optimizers/weight", [3, 4], 0.5),
bias = pattern("optimizers/bias", [3], 0.1).

g is the gradient, p the parameter, lr the step's learning rate (`learningRates`, one a step); all state begins at 0.
sgd      g += weightDecay p; m = g at the first step, then momentum m + (1 - dampening) g with dampening 0;
         p -= lr (nesterov ? g + momentum m : m)
adam     g += weightDecay p (adam) or p -= lr weightDecay p first (adamw); m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2;
         p -= lr m / (1-b1^t) / (sqrt(v / (1-b2^t)) + epsilon)
rmsprop  g += weightDecay p; v = alpha v + (1-alpha) g^2; u = g / (sqrt(v) + epsilon);
         m = momentum m + u; p -= lr (momentum ? m : u)
rateFactors multiply the learning rate of weight and bias, which are parameter groups of their own.
clipNorm multiplies all gradients by min(1, clipNorm / (norm + 1e-6)), norm being the L2 norm of all of them together.
ema      begins at the initial parameters; after each step, ema = emaDecay ema + (1 - emaDecay) p.
"""

import torch
from torch import optim

from golden import tensor, write

STEPS = 5
CASES = [
    {"name": "sgd", "kind": "sgd"},
    {"name": "sgd-weight-decay", "kind": "sgd", "weightDecay": 0.1},
    {"name": "sgd-momentum", "kind": "sgd", "momentum": 0.9},
    {"name": "sgd-momentum-schedule", "kind": "sgd", "momentum": 0.9, "learningRates": [0.1, 0.2, 0.05, 0.01, 0.3]},
    {"name": "sgd-momentum-weight-decay", "kind": "sgd", "momentum": 0.9, "weightDecay": 0.1},
    {"name": "sgd-nesterov", "kind": "sgd", "momentum": 0.9, "nesterov": True},
    {"name": "sgd-clipped", "kind": "sgd", "clipNorm": 0.25},
    {"name": "sgd-ema", "kind": "sgd", "emaDecay": 0.9},
    {"name": "adam", "kind": "adam", "learningRate": 0.01},
    {"name": "adam-weight-decay", "kind": "adam", "learningRate": 0.01, "weightDecay": 0.1},
    {"name": "adam-betas-schedule", "kind": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3,
     "learningRates": [0.01, 0.02, 0.03, 0.02, 0.01]},
    {"name": "adamw", "kind": "adamw", "learningRate": 0.01, "weightDecay": 0.1},
    {"name": "adamw-clipped-ema", "kind": "adamw", "learningRate": 0.01, "weightDecay": 0.1, "clipNorm": 0.25, "emaDecay": 0.5},
    {"name": "rmsprop", "kind": "rmsprop", "learningRate": 0.01},
    {"name": "rmsprop-momentum", "kind": "rmsprop", "learningRate": 0.01, "momentum": 0.9},
    {"name": "rmsprop-weight-decay", "kind": "rmsprop", "learningRate": 0.01, "weightDecay": 0.1},
    {"name": "sgd-groups", "kind": "sgd", "momentum": 0.9, "weightDecay": 0.1, "rateFactors": [0.3, 1]},
    {"name": "adamw-groups-clipped-schedule", "kind": "adamw", "weightDecay": 0.1, "clipNorm": 0.25, "rateFactors": [0.1, 2.5],
     "learningRates": [0.01, 0.02, 0.03, 0.02, 0.01]},
]  # fmt: skip
DEFAULTS = {
    "sgd": {"momentum": 0, "nesterov": False, "weightDecay": 0},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.01},
    "rmsprop": {"alpha": 0.99, "epsilon": 1e-8, "momentum": 0, "weightDecay": 0},
}


def optimizer_of(parameters, c):
    rate = c["learningRate"]
    if c["kind"] == "sgd":
        return optim.SGD(parameters, rate, c["momentum"], weight_decay=c["weightDecay"], nesterov=c["nesterov"])
    if c["kind"] == "rmsprop":
        return optim.RMSprop(parameters, rate, c["alpha"], c["epsilon"], c["weightDecay"], c["momentum"])
    kind = optim.Adam if c["kind"] == "adam" else optim.AdamW
    return kind(parameters, rate, (c["beta1"], c["beta2"]), c["epsilon"], c["weightDecay"])


def run(case):
    x, target = tensor("optimizers/x", [6, 4]), tensor("optimizers/target", [6, 3])
    weight = tensor("optimizers/weight", [3, 4], 0.5).requires_grad_()
    bias = tensor("optimizers/bias", [3], 0.1).requires_grad_()
    parameters = [weight, bias]
    average = [value.detach().clone() for value in parameters]
    rates = case.get("learningRates") or [case.get("learningRate", 0.1)] * STEPS
    case = {**DEFAULTS[case["kind"]], "clipNorm": None, "emaDecay": None, "rateFactors": None, **case}
    case |= {"learningRate": rates[0], "learningRates": rates}
    factors = case["rateFactors"] or [1, 1]
    optimizer = optimizer_of([{"params": [value]} for value in parameters], case)
    steps = []
    for rate in rates:
        loss = (x @ weight.T + bias - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        norm = None
        if case["clipNorm"]:
            norm = torch.nn.utils.clip_grad_norm_(parameters, case["clipNorm"])
        for group, factor in zip(optimizer.param_groups, factors):
            group["lr"] = rate * factor
        optimizer.step()
        step = {"loss": loss, "weight": weight.flatten(), "bias": bias}
        if norm is not None:
            step["gradientNorm"] = norm
        if decay := case["emaDecay"]:
            average = [decay * old + (1 - decay) * new.detach() for old, new in zip(average, parameters)]
            step |= {"emaWeight": average[0].flatten(), "emaBias": average[1]}
        steps.append({key: value.detach().clone() for key, value in step.items()})
    del case["learningRate"]
    return {"name": case["name"], "kind": case["kind"], **case, "steps": steps}


if __name__ == "__main__":
    write("optimizers.json", {"cases": [run(case) for case in CASES]})
