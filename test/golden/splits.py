"""Class counts of scikit-learn's stratified splits: splits.json.

Run with /usr/bin/python3 test/golden/splits.py. `counts` are the items of each class. StratifiedShuffleSplit with the test size
round(test * items) (scikit-learn itself would round a share up) leaves `train` and `held` of each class; StratifiedKFold gives each fold as many as `foldCounts` says, sorted within a class. No case
has equal remainders, which scikit-learn decides at random.
"""

import numpy as np
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from golden import write

# The first: gz1_256 with six labels, the second: its four shapes; the third: astro6_256.
CASES = [([3725, 799, 361, 314, 95, 47], 0.2), ([3725, 675, 799, 95], 0.2), ([555, 491, 419, 263, 119, 37], 0.3),
         ([393, 805], 0.1), ([1081, 1853, 2645, 2027, 334, 2043, 1829, 2628, 1423, 1873], 0.137), ([5, 8, 13, 21], 0.3)]  # fmt: skip


def run(counts, test):
    y = np.repeat(np.arange(len(counts)), counts)
    splits = [next(StratifiedShuffleSplit(1, test_size=round(test * len(y)), random_state=seed).split(y, y)) for seed in range(20)]
    held = {tuple(np.bincount(y[rest], minlength=len(counts)).tolist()) for _, rest in splits}
    assert len(held) == 1, ("equal remainders", counts, held)
    folds = [y[rest] for _, rest in StratifiedKFold(5, shuffle=True, random_state=1).split(y, y)]
    table = np.array([np.bincount(fold, minlength=len(counts)) for fold in folds]).T
    [held] = held
    return {"counts": counts, "test": test, "held": held, "train": np.subtract(counts, held), "foldCounts": np.sort(table)}


if __name__ == "__main__":
    write("splits.json", {"cases": [run(*case) for case in CASES]})
