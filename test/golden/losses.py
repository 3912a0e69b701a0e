"""Losses and their gradients for the logits, float64: losses.json.

Run with /usr/bin/python3 test/golden/losses.py. Each case holds its inputs in full, `value` and `gradient` (flat, C order).
w are the class weights, s the sample weights (1 where absent), e the label smoothing, C the number of classes, y the label.

softmaxCrossEntropy  l_i = (1 - e) w_y (-log p_y) + e / C * sum_c w_c (-log p_c); value = sum_i s_i l_i / sum_i s_i w_{y_i}.
                     PyTorch's `cross_entropy` semantics; it has no sample weights, so those are applied to reduction="none".
binaryCrossEntropy   on logits, l_ij = -(q_j t log sigmoid(x) + (1 - t) log(1 - sigmoid(x))), q being the positive weights;
                     value = sum_i s_i mean_j l_ij / sum_i s_i.
meanSquaredError     l_ij = (x - t)^2; value = sum_i s_i mean_j l_ij / sum_i s_i.
"""

import torch
from torch.nn import functional as F

from golden import tensor, write

LABELS = [0, 3, 1, 2, 2, 1]
CLASS_WEIGHTS = [0.5, 2.0, 1.0, 3.0]
SAMPLE_WEIGHTS = [1.0, 0.25, 2.0, 0.0, 1.5, 0.75]
EXTREME = [[1000.0, -1000.0, 0.0, 999.0], [-1000.0, 1000.0, 88.0, 0.0], [-90.0, -89.0, -91.0, -1000.0]]


def average(per_item, weights, normalizer=None):
    scale = torch.ones(len(per_item), dtype=torch.float64) if weights is None else torch.tensor(weights, dtype=torch.float64)
    return (scale * per_item).sum() / (scale if normalizer is None else scale * normalizer).sum()


def softmax_cross_entropy(logits, o):
    labels = torch.tensor(o["labels"])
    classes = None if o["classWeights"] is None else torch.tensor(o["classWeights"], dtype=torch.float64)
    per_item = F.cross_entropy(logits, labels, classes, reduction="none", label_smoothing=o["labelSmoothing"])
    value = average(per_item, o["sampleWeights"], None if classes is None else classes[labels])
    if o["sampleWeights"] is None:
        torch.testing.assert_close(value, F.cross_entropy(logits, labels, classes, label_smoothing=o["labelSmoothing"]))
    return value


def binary_cross_entropy(logits, o):
    targets = torch.tensor(o["targets"], dtype=torch.float64)
    positive = None if o["positiveWeights"] is None else torch.tensor(o["positiveWeights"], dtype=torch.float64)
    per_item = F.binary_cross_entropy_with_logits(logits, targets, pos_weight=positive, reduction="none")
    return average(per_item.mean(1), o["sampleWeights"])


def mean_squared_error(logits, o):
    targets = torch.tensor(o["targets"], dtype=torch.float64)
    return average((logits - targets).pow(2).mean(1), o["sampleWeights"])


LOSSES = {
    "softmaxCrossEntropy": (
        softmax_cross_entropy,
        {"labels": LABELS, "classWeights": None, "sampleWeights": None, "labelSmoothing": 0.0},
    ),
    "binaryCrossEntropy": (binary_cross_entropy, {"positiveWeights": None, "sampleWeights": None}),
    "meanSquaredError": (mean_squared_error, {"sampleWeights": None}),
}
WEIGHTED = {"classWeights": CLASS_WEIGHTS}
SAMPLED = {"sampleWeights": SAMPLE_WEIGHTS}
SMOOTHED = {"labelSmoothing": 0.1}
CASES = [
    ("softmaxCrossEntropy", "plain", {}),
    ("softmaxCrossEntropy", "class weights", WEIGHTED),
    ("softmaxCrossEntropy", "sample weights", SAMPLED),
    ("softmaxCrossEntropy", "label smoothing", SMOOTHED),
    ("softmaxCrossEntropy", "class and sample weights", WEIGHTED | SAMPLED),
    ("softmaxCrossEntropy", "class weights and smoothing", WEIGHTED | SMOOTHED),
    ("softmaxCrossEntropy", "everything", WEIGHTED | SAMPLED | SMOOTHED),
    ("softmaxCrossEntropy", "extreme logits", {"logits": EXTREME, "labels": [3, 1, 0]}),
    ("binaryCrossEntropy", "hard targets", {"targets": [[i >> j & 1 for j in range(4)] for i in range(6)]}),
    ("binaryCrossEntropy", "soft targets", {"targets": tensor("losses/soft", [6, 4], 0.5, 0.5).tolist()}),
    ("binaryCrossEntropy", "positive and sample weights",
     {"targets": [[i >> j & 1 for j in range(4)] for i in range(6)], "positiveWeights": CLASS_WEIGHTS} | SAMPLED),
    ("binaryCrossEntropy", "extreme logits", {"logits": EXTREME, "targets": [[1, 0, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0.5]]}),
    ("meanSquaredError", "plain", {"targets": tensor("losses/target", [6, 4]).tolist()}),
    ("meanSquaredError", "sample weights", {"targets": tensor("losses/target", [6, 4]).tolist()} | SAMPLED),
]  # fmt: skip


def run(loss, name, options):
    compute, defaults = LOSSES[loss]
    options = {"logits": tensor("losses/logits", [6, 4], 3).tolist(), **defaults, **options}
    logits = torch.tensor(options["logits"], dtype=torch.float64, requires_grad=True)
    value = compute(logits, options)
    value.backward()
    flat = {key: torch.tensor(options[key], dtype=torch.float64).flatten() for key in ("logits", "targets") if key in options}
    about = {"loss": loss, "name": name, "dims": list(logits.shape)}
    return {**about, **options, **flat, "value": value, "gradient": logits.grad.flatten()}


if __name__ == "__main__":
    write("losses.json", {"cases": [run(*case) for case in CASES]})
