"""Figures of scikit-learn, intervals of scipy, temperatures and McNemar's test: evaluation.json.

Run with /usr/bin/python3 test/golden/evaluation.py (Debian's scikit-learn 1.2, scipy 1.10).

Probabilities are `shares` / 1024, exact in float32, rows after another; many of them tie. Per class and macro areas go over the classes
that have pictures and are not all; null where there is none. Expected calibration error: 15 bins (from, to] of the top probability,
sum of share x |accuracy - mean confidence| (Guo et al. 2017). Top-k: of equal probabilities the earlier class counts as the higher one.

intervals     scipy.stats.bootstrap, percentile, 9999 resamples, paired columns; with its standard error.
temperatures  argmin over T of the mean log loss of softmax((logits + offsets) / T); logits = pattern("evaluation/logits", [300, 4], 6).
mcnemar       b, c: pictures that only the first, only the second model has right. exact is the two-sided binomial test,
              mid-p counts the observed split half on each side (Fagerland, Lydersen, Laake 2013).
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import binom, binomtest, bootstrap
from sklearn import metrics

from golden import write
from pattern import pattern

UNITS = 1024


def shares(rng, labels, classes, skill, coarse=1):
    """Rows of whole numbers that add up to UNITS."""
    logits = rng.normal(size=(len(labels), classes)) + skill * np.eye(classes)[labels]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    units = np.floor(p * UNITS / coarse).astype(int) * coarse
    rest = UNITS - units.sum(1)
    units[np.arange(len(labels)), units.argmax(1)] += rest
    return units


def cases():
    rng = np.random.default_rng(1)
    draw = lambda n, p: rng.choice(len(p), n, p=p)
    def case(name, labels, classes, skill, coarse=1):
        return name, labels, shares(rng, labels, classes, skill, coarse)
    yield case("balanced", np.arange(120) % 4, 4, 1.5)
    yield case("imbalanced", draw(300, [0.7, 0.2, 0.07, 0.03]), 4, 1.2)
    yield case("ties", draw(200, [0.4, 0.3, 0.2, 0.1]), 4, 1.0, 256)
    yield case("absent class", draw(150, [0.5, 0, 0.3, 0.2]), 4, 1.0)
    name, labels, p = case("class neither true nor answered", draw(100, [0.5, 0.3, 0.2, 0]), 4, 1.0)
    p[:, 0] += p[:, 3]
    p[:, 3] = 0
    yield name, labels, p
    yield case("two classes", draw(150, [0.8, 0.2]), 2, 1.0)
    yield case("ten classes", draw(400, np.arange(1, 11) / 55), 10, 1.5)
    labels = draw(60, [0.5, 0.3, 0.2])
    yield "perfect", labels, np.eye(3, dtype=int)[labels] * UNITS
    yield "constant answers", draw(80, [0.2, 0.5, 0.3]), np.tile([300, 424, 300], (80, 1))
    yield "one class only", np.zeros(20, int), np.tile([600, 224, 200], (20, 1))
    yield "confidently wrong", np.arange(30) % 3, np.eye(3, dtype=int)[(np.arange(30) + 1) % 3] * UNITS


def calibration_error(labels, p):
    """After Guo's own code: temperature_scaling.py."""
    confidence, right = p.max(1), p.argmax(1) == labels
    error = 0.0
    for low in np.arange(15):
        inside = (confidence > low / 15) & (confidence <= (low + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def figures(labels, p):
    classes = p.shape[1]
    answers = p.argmax(1)
    every = np.arange(classes)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, answers, labels=every, zero_division=0)
    average = lambda how: metrics.precision_recall_fscore_support(labels, answers, average=how, zero_division=0)[:3]
    ranked = [bool(0 < n < len(labels)) for n in support]
    area = lambda score: [score(labels == k, p[:, k]) if ranked[k] else None for k in every]
    mean = lambda values: np.mean([v for v in values if v is not None]) if any(ranked) else None
    roc, pr = area(metrics.roc_auc_score), area(metrics.average_precision_score)
    if all(ranked) and classes > 2:
        assert np.isclose(mean(roc), metrics.roc_auc_score(labels, p, multi_class="ovr"))
    kappa = metrics.cohen_kappa_score(labels, answers)
    earlier = p - every * 1e-9
    return {
        "accuracy": metrics.accuracy_score(labels, answers),
        "balancedAccuracy": metrics.balanced_accuracy_score(labels, answers),
        **dict(zip(["macroPrecision", "macroRecall", "macroF1"], average("macro"))),
        **dict(zip(["weightedPrecision", "weightedRecall", "weightedF1"], average("weighted"))),
        "topK": {str(k): metrics.top_k_accuracy_score(labels, earlier, k=k, labels=every) for k in range(2, min(5, classes - 1) + 1)},
        "rocAuc": mean(roc),
        "prAuc": mean(pr),
        "logLoss": metrics.log_loss(labels, p.astype(np.float32), labels=every),
        "kappa": None if np.isnan(kappa) else kappa,
        "calibrationError": calibration_error(labels, p),
        "perClass": [
            {"precision": precision[k], "recall": recall[k], "f1": f1[k], "support": support[k], "rocAuc": roc[k], "prAuc": pr[k]}
            for k in every
        ],
        "confusion": metrics.confusion_matrix(labels, answers, labels=every),
    }  # fmt: skip


def intervals(labels, p):
    classes = p.shape[1]
    statistics = {
        "accuracy": lambda rows: (p[rows].argmax(1) == labels[rows]).mean(),
        "balancedAccuracy": lambda rows: metrics.balanced_accuracy_score(labels[rows], p[rows].argmax(1)),
        "macroF1": lambda rows: metrics.f1_score(labels[rows], p[rows].argmax(1), average="macro", zero_division=0),
        "rocAuc": lambda rows: metrics.roc_auc_score(labels[rows], p[rows], multi_class="ovr"),
        "logLoss": lambda rows: metrics.log_loss(labels[rows], p[rows].astype(np.float32), labels=np.arange(classes)),
    }
    found = {}
    for name, statistic in statistics.items():
        result = bootstrap((np.arange(len(labels)),), statistic, vectorized=False, method="percentile", n_resamples=9999, random_state=1)
        low, high = result.confidence_interval
        found[name] = {"low": low, "high": high, "error": result.standard_error}
    return found


def temperature(logits, labels, offsets):
    loss = lambda t: -log_softmax((logits + offsets) / np.exp(t), 1)[np.arange(len(labels)), labels].mean()
    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(50)), method="bounded", options={"xatol": 1e-10})
    return np.exp(found.x), found.fun


def temperatures():
    logits = pattern("evaluation/logits", [300, 4], 6.0).astype(np.float64)
    rng = np.random.default_rng(2)
    for noise in [1, 4, 12]:
        labels = (logits + noise * rng.gumbel(size=logits.shape)).argmax(1)
        for offsets in [[0, 0, 0, 0], [0.5, -0.25, 0, 1]]:
            t, loss = temperature(logits, labels, np.array(offsets))
            yield {"labels": labels, "offsets": offsets, "temperature": t, "logLoss": loss}


def mcnemar():
    for b, c in [(10, 2), (2, 10), (5, 5), (0, 0), (0, 6), (40, 61), (700, 620), (0, 1)]:
        n, least = b + c, min(b, c)
        exact = binomtest(b, n).pvalue if n else 1.0
        mid = min(1.0, 2 * binom.cdf(least, n, 0.5) - binom.pmf(least, n, 0.5)) if n else 1.0
        yield {"b": b, "c": c, "exact": exact, "midP": mid}


if __name__ == "__main__":
    made = list(cases())
    write("evaluation.json", {
        "cases": [
            {"name": name, "classes": units.shape[1], "labels": labels, "shares": units.flatten(), **figures(labels, units / UNITS)}
            for name, labels, units in made
        ],
        "intervals": {name: intervals(labels, units / UNITS) for name, labels, units in made[:1]},
        "temperatures": list(temperatures()),
        "mcnemar": list(mcnemar()),
    })  # fmt: skip
