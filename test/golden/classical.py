"""Logistic regression of scikit-learn 1.2, and confident learning by numpy: classical.json.

Run with /usr/bin/python3 test/golden/classical.py.

logistic   x = float32(pattern("classical/x", [60, 2, 5]) * (1, 10, 100, 1, 0.1) + shift), labels n % 6 -> 0 0 0 1 1 2, with
           shift = pattern("classical/centre", [3, 5])[label] * (1, 10, 100, 1, 0.1) and one feature more that is 7 everywhere.
           Rows are standardised over those of weight above 0; C = 1 / (l2 S) with S the sum of the rows' weights.
           `weights` is the factor of each picture, times that of its class. With smoothing s, each row stands there once for each class c,
           with s / 3 of its weight, and 1 - s more at its label.
confident  probabilities are shares / 1024. joint: counts of C[i][j], rows scaled to the labels of class i, all to 1 (Northcutt et al. 2021,
           equations 1 to 3). doubtful: for each i, j the round(n Q[i][j]) pictures of class i with the largest p_j - p_i > 0.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from golden import write
from pattern import pattern

LABELS = np.array([0, 0, 0, 1, 1, 2])[np.arange(60) % 6]
SCALE = np.array([1, 10, 100, 1, 0.1])


def features():
    x = pattern("classical/x", [60, 2, 5]) * SCALE + (pattern("classical/centre", [3, 5])[LABELS] * SCALE)[:, None]
    return np.concatenate([x, np.full((60, 2, 1), 7.0)], 2).astype(np.float32).astype(np.float64)


def logistic(name, l2, views=2, class_weights=(1, 1, 1), weights=None, smoothing=0):
    x = features()[:, :views].reshape(60 * views, 6)
    labels = np.repeat(LABELS, views)
    given = np.ones(60) if weights is None else np.array(weights)
    each = np.repeat(given, views) * np.array(class_weights)[labels]
    used = each > 0
    mean, deviation = x[used].mean(0), x[used].std(0)
    deviation[deviation == 0] = 1
    model = LogisticRegression(C=1 / (l2 * each.sum()), tol=1e-8, max_iter=1000, solver="newton-cg")
    rows = (x[used] - mean) / deviation
    shares = smoothing / 3 + (1 - smoothing) * np.eye(3)[labels[used]]
    keep = shares.flatten() > 0
    model.fit(np.repeat(rows, 3, 0)[keep], np.tile(np.arange(3), len(rows))[keep], sample_weight=(shares * each[used, None]).flatten()[keep])
    weight = model.coef_ / deviation
    bias = model.intercept_ - weight @ mean
    p = model.predict_proba((x - mean) / deviation)
    return {"name": name, "l2": l2, "views": views, "smoothing": smoothing, "classWeights": class_weights, "weights": given, "weight": weight.flatten(),
            "bias": bias, "probabilities": p[: 6 * views].flatten()}  # fmt: skip


def confident(name, seed, n, priors, noise):
    rng = np.random.default_rng(seed)
    classes = len(priors)
    truth = rng.choice(classes, n, p=priors)
    labels = np.where(rng.random(n) < noise, rng.integers(0, classes, n), truth)
    z = rng.normal(size=(n, classes)) + 3 * np.eye(classes)[truth]
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    units = np.floor(p * 1024).astype(int)
    p = units / 1024
    thresholds = np.array([p[labels == j, j].mean() if (labels == j).any() else np.nan for j in range(classes)])
    counts = np.zeros((classes, classes))
    for row, i in zip(p, labels):
        reached = np.flatnonzero(row >= thresholds)
        if len(reached):
            counts[i, reached[row[reached].argmax()]] += 1
    sizes = np.bincount(labels, minlength=classes)
    joint = counts / np.maximum(counts.sum(1, keepdims=True), 1) * sizes[:, None]
    joint /= joint.sum()
    doubtful = set()
    for i in range(classes):
        own = np.flatnonzero(labels == i)
        for j in range(classes):
            if i != j:
                margin = p[own, j] - p[own, i]
                order = np.argsort(-margin, kind="stable")[: int(np.floor(n * joint[i, j] + 0.5))]
                doubtful |= {int(k) for k in own[order[margin[order] > 0]]}
    return {"name": name, "labels": labels, "units": units.flatten(), "classes": classes, "thresholds": thresholds[~np.isnan(thresholds)],
            "joint": joint.flatten(), "noise": 1 - np.trace(joint), "doubtful": sorted(doubtful),
            "found": float((labels != truth)[sorted(doubtful)].mean())}  # fmt: skip


if __name__ == "__main__":
    halves = [(n % 5) / 2 for n in range(60)]
    write("classical.json", {
        "logistic": [
            logistic("weak penalty", 1e-3),
            logistic("strong penalty, one view", 0.5, views=1),
            logistic("weights of classes and pictures, some 0", 0.01, class_weights=(1, 2.5, 0.5), weights=halves),
            logistic("labels smoothed", 0.01, class_weights=(1, 2.5, 0.5), weights=halves, smoothing=0.15),
        ],
        "confident": [
            confident("three classes", 1, 150, [0.6, 0.3, 0.1], 0.1),
            confident("six classes, one of them rare", 2, 200, [0.3, 0.25, 0.2, 0.15, 0.08, 0.02], 0.15),
        ],
    })  # fmt: skip
