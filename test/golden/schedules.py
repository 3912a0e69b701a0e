"""Learning rates of torch.optim.lr_scheduler, one a step: schedules.json.

Run with /usr/bin/python3 test/golden/schedules.py. Each case holds its options and `rates`; rates[i] is used by step i,
counted from 0. B is `base`.

step         B gamma^floor(i / every)
exponential  B gamma^i
cosine       minimum + (B - minimum) (1 + cos(pi i / steps)) / 2
warmupCosine linear from start B to B over the first `warmup` steps (B (start + (1 - start) i / warmup)), then cosine with
             i - warmup over steps - warmup: LinearLR and CosineAnnealingLR under SequentialLR
oneCycle     from B / divide up to B over pctStart steps - 1 steps, then down to B / divide / finalDivide at the last step,
             along half cosines or straight lines (OneCycleLR, two phases)
plateau      B, times `factor` after more than `patience` epochs without a relative improvement of 1e-4 of metrics[i],
             which is seen after step i (ReduceLROnPlateau, mode min)
"""

import math
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

from golden import write

BASE, STEPS = 0.1, 20


def rates_of(make, metrics=None):
    optimizer = torch.optim.SGD([torch.zeros(1)], BASE)
    scheduler = make(optimizer)
    rates = []
    for i in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if i < STEPS - 1:
            scheduler.step(*([] if metrics is None else [metrics[i]]))
    return rates


def warmup_cosine(optimizer):
    warm = schedulers.LinearLR(optimizer, 0.1, total_iters=5)
    return schedulers.SequentialLR(optimizer, [warm, schedulers.CosineAnnealingLR(optimizer, STEPS - 5, 0.001)], [5])


def one_cycle(shape):
    options = {"pct_start": 0.3, "anneal_strategy": shape, "cycle_momentum": False}
    return lambda optimizer: schedulers.OneCycleLR(optimizer, BASE, STEPS, **options)


def cosine(i, steps, minimum=0.001):
    return minimum + (BASE - minimum) * (1 + math.cos(math.pi * i / steps)) / 2


METRICS = [1.0, 0.9, 0.89999, 0.95, 0.9, 0.91, 0.8, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.77, 0.6, 0.6, 0.6, 0.6, 0.6]
CASES = [
    ({"kind": "step", "every": 6, "gamma": 0.5}, lambda o: schedulers.StepLR(o, 6, 0.5), lambda i: BASE * 0.5 ** (i // 6)),
    ({"kind": "exponential", "gamma": 0.9}, lambda o: schedulers.ExponentialLR(o, 0.9), lambda i: BASE * 0.9**i),
    ({"kind": "cosine", "steps": STEPS, "minimum": 0.001}, lambda o: schedulers.CosineAnnealingLR(o, STEPS, 0.001),
     lambda i: cosine(i, STEPS)),
    ({"kind": "warmupCosine", "warmup": 5, "start": 0.1, "steps": STEPS, "minimum": 0.001}, warmup_cosine,
     lambda i: BASE * (0.1 + 0.9 * i / 5) if i < 5 else cosine(i - 5, STEPS - 5)),
    ({"kind": "oneCycle", "steps": STEPS, "pctStart": 0.3, "divide": 25, "finalDivide": 1e4, "shape": "cosine"},
     one_cycle("cos"), None),
    ({"kind": "oneCycle", "steps": STEPS, "pctStart": 0.3, "divide": 25, "finalDivide": 1e4, "shape": "linear"},
     one_cycle("linear"), None),
    ({"kind": "plateau", "factor": 0.1, "patience": 2, "metrics": METRICS},
     lambda o: schedulers.ReduceLROnPlateau(o, factor=0.1, patience=2), None),
]  # fmt: skip


def run(options, make, formula):
    rates = rates_of(make, options.get("metrics"))
    if formula:
        torch.testing.assert_close(rates, [formula(i) for i in range(STEPS)], rtol=1e-9, atol=1e-12)
    return {**options, "base": BASE, "rates": rates}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write("schedules.json", {"cases": [run(*case) for case in CASES]})
