"""Votes on trees: votes.json. Run with /usr/bin/python3 test/golden/votes.py.

logGamma    scipy's gammaln and digamma over 1e-3 to 1e6, of arguments that float32 holds.
shares      per case: a tree (from trees/), logits (N, K), the shares along the tree, the loss sum w (s - t)^2 / sum w against `targets` with `weights`,
            and its gradient for the logits, float64, by PyTorch; sparsemax by sorting, as in algorithm 1 of arXiv:1602.02068.
counts      the same with -log P of the Dirichlet-multinomial distribution, mean over the rows (concentrations 1 + 100 sigmoid(z)), and expected shares.
figures     RMSE over all columns, by column and by question, of shares against targets with NaN where undefined, by numpy.
beta        quantiles of Beta distributions, scipy.
binomial    P(K < k) and P(K = k) of Beta-binomial distributions, scipy.
"""

from pathlib import Path

import numpy as np
import scipy.special
import scipy.stats
import torch
import yaml

from golden import tensor, write

TREES = Path(__file__).parent.parent.parent / "trees"


def load(name):
    """Questions as (first column, columns that lead there), in the order of the file; None for everyone."""
    questions = yaml.safe_load((TREES / f"{name}.yaml").read_text())["questions"]
    starts = np.cumsum([0] + [len(q["answers"]) for q in questions])
    found = []
    for number, question in enumerate(questions):
        leads = [
            int(starts[at]) + answer
            for at, parent in enumerate(questions)
            for answer, given in enumerate(parent["answers"])
            if given.get("next") == question["key"]
        ]
        everyone = number == 0 or question.get("asked") == "everyone"
        found.append((int(starts[number]), int(starts[number + 1]), None if everyone else leads))
    return found


def sparsemax(z):
    ordered = z.sort(dim=1, descending=True).values
    sums = ordered.cumsum(1)
    ranks = torch.arange(1, z.shape[1] + 1, dtype=z.dtype)
    size = (1 + ranks * ordered > sums).sum(1, keepdim=True)
    threshold = (sums.gather(1, size - 1) - 1) / size
    return (z - threshold).clamp(min=0)


def along(questions, fraction):
    """Products along the ways, each question when what leads to it is known."""
    columns = {}
    while len(columns) < questions[-1][1]:
        for start, end, leads in questions:
            if start in columns or (leads is not None and any(lead not in columns for lead in leads)):
                continue
            reach = 1 if leads is None else sum(columns[lead] for lead in leads)
            own = fraction(start, end)
            for column in range(start, end):
                columns[column] = own[:, column - start] * reach
    return torch.stack([columns[column] for column in range(questions[-1][1])], 1)


def shares_case(name, activation, weighted, scale):
    questions = load(name)
    width = questions[-1][1]
    logits = tensor(f"votes/{name}/{activation}", [3, width], scale).requires_grad_()
    activate = sparsemax if activation == "sparsemax" else lambda z: z.softmax(1)
    shares = along(questions, lambda start, end: activate(logits[:, start:end]))
    targets = tensor(f"votes/{name}/targets", [3, width], 0.5, 0.5)
    weights = (tensor(f"votes/{name}/weights", [3, width]) > -0.5).double() if weighted else torch.ones(3, width).double()
    loss = (weights * (shares - targets) ** 2).sum() / weights.sum()
    loss.backward()
    return {
        "tree": name, "activation": activation, "logits": logits.detach().flatten(), "targets": targets.flatten(),
        "weights": weights.flatten() if weighted else None, "shares": shares.detach().flatten(), "loss": loss.item(),
        "gradient": logits.grad.flatten(),
    }  # fmt: skip


def counts_case(name, volunteers, weighted):
    questions = load(name)
    width = questions[-1][1]
    logits = tensor(f"votes/{name}/counts", [3, width], 4).requires_grad_()
    concentrations = 1 + 100 * logits.sigmoid()
    counts = (tensor(f"votes/{name}/given", [3, width], 0.5, 0.5) * volunteers).floor()
    counts[0, questions[1][0] : questions[1][1]] = 0  # a question nobody was asked
    weights = torch.ones(3, width).double()
    if weighted:
        weights[1, questions[2][0] : questions[2][1]] = 0
    total = 0
    for start, end, _ in questions:
        a, k = concentrations[:, start:end], counts[:, start:end] * weights[:, start:end]
        A, n = a.sum(1), k.sum(1)
        total = total + torch.lgamma(A) - torch.lgamma(A + n) + torch.lgamma(n + 1)
        total = total + (torch.lgamma(a + k) - torch.lgamma(a) - torch.lgamma(k + 1)).sum(1)
    loss = -total.mean()
    loss.backward()
    expected = along(questions, lambda start, end: concentrations[:, start:end] / concentrations[:, start:end].sum(1, keepdim=True))
    return {
        "tree": name, "logits": logits.detach().flatten(), "counts": counts.flatten(), "weights": weights.flatten() if weighted else None,
        "concentrations": concentrations.detach().flatten(), "expected": expected.detach().flatten(), "loss": loss.item(),
        "gradient": logits.grad.flatten(),
    }  # fmt: skip


def figures():
    questions = load("galaxy-zoo-2")
    shares = tensor("votes/figures/predicted", [6, 37], 0.5, 0.5).numpy()
    targets = tensor("votes/figures/observed", [6, 37], 0.5, 0.5).numpy()
    targets[2, 9:13] = np.nan
    squares = (shares - targets) ** 2
    return {
        "tree": "galaxy-zoo-2",
        "shares": shares.ravel(),
        "targets": [None if np.isnan(value) else value for value in targets.ravel().tolist()],
        "rmse": np.sqrt(np.nanmean(squares)),
        "rmseOfZeros": np.sqrt(np.nanmean(targets**2)),
        "columns": np.sqrt(np.nanmean(squares, 0)),
        "questions": [np.sqrt(np.nanmean(squares[:, start:end])) for start, end, _ in questions],
    }


def log_gamma():
    x = np.concatenate([np.logspace(-3, 6, 91), [1, 2, 7.9999, 8, 8.0001, 0.5, 3, 40, 101, 707]]).astype(np.float32).astype(np.float64)
    return {"x": x, "value": scipy.special.gammaln(x), "gradient": scipy.special.digamma(x)}


def beta():
    cases = [(a, b, p) for a, b in [(1, 1), (1, 3), (2.5, 7), (30, 4), (101, 606), (0.5, 0.5), (1.01, 100)] for p in (0.025, 0.1, 0.5, 0.9, 0.975)]
    return [{"a": a, "b": b, "p": p, "quantile": scipy.stats.beta.ppf(p, a, b)} for a, b, p in cases]


def binomial():
    cases = [(0, 1, 1, 1), (3, 10, 2.5, 7), (40, 40, 101, 5), (0, 40, 1, 606), (17, 45, 30, 40), (2000, 5000, 1.5, 1.5), (600, 5000, 101, 1)]
    found = []
    for k, n, a, b in cases:
        distribution = scipy.stats.betabinom(n, a, b)
        found.append({"k": k, "n": n, "a": a, "b": b, "below": distribution.cdf(k - 1), "logAt": distribution.logpmf(k)})
    return found


if __name__ == "__main__":
    write(
        "votes.json",
        {
            "logGamma": log_gamma(),
            "shares": [
                shares_case("galaxy-zoo-2", "softmax", False, 3),
                shares_case("galaxy-zoo-2", "softmax", True, 3),
                shares_case("galaxy-zoo-2", "sparsemax", False, 1.5),
                shares_case("galaxy-zoo-decals", "sparsemax", True, 1.5),
                shares_case("galaxy-zoo-rings", "softmax", True, 3),
            ],
            "counts": [
                counts_case("galaxy-zoo-2", 40, False),
                counts_case("galaxy-zoo-decals", 400, False),
                counts_case("galaxy-zoo-rings", 5, True),
            ],
            "figures": figures(),
            "beta": beta(),
            "binomial": binomial(),
        },
    )
