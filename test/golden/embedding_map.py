"""Principal components, trustworthiness and neighbours of scikit-learn 1.2: embedding_map.json.

Run with /usr/bin/python3 test/golden/embedding_map.py.

Points     float32(pattern("map/points", [90, 24])) * 0.8 ** column, and 3 * pattern("map/centre", [3, 24])[label] more; label = n % 3.
Map        the first two of these columns, and 0.5 * pattern("map/noise", [90, 2]) more.
Accuracy   on the first columns of float32(pattern("map/points", [90, 24])) + 0.4 * pattern("map/centre", [3, 24])[label], each point left out.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from golden import write
from pattern import pattern

N, D = 90, 24
labels = np.arange(N) % 3
noise, centres = pattern("map/points", [N, D]).astype(np.float64), pattern("map/centre", [3, D]).astype(np.float64)
points = noise * 0.8 ** np.arange(D) + 3 * centres[labels]
flat = points[:, :2] + 0.5 * pattern("map/noise", [N, 2]).astype(np.float64)
blurred = noise + 0.4 * centres[labels]

pca = PCA(D, svd_solver="full").fit(points)
coordinates = pca.transform(points)
distances, indices = NearestNeighbors(n_neighbors=7).fit(points).kneighbors()


def left_out(k, dims):
    rows = blurred[:, :dims]
    answers = [KNeighborsClassifier(k).fit(np.delete(rows, i, 0), np.delete(labels, i)).predict(rows[i : i + 1])[0] for i in range(N)]
    return (np.array(answers) == labels).mean()


write(
    "embedding_map.json",
    {
        "explained": pca.explained_variance_ratio_[:6],
        # Signs are free.
        "sizes": np.abs(coordinates[:5, :4]).flatten(),
        "indices": indices[:4].flatten(),
        "distances": distances[:4].flatten(),
        "trust": [{"k": k, "value": trustworthiness(points, flat, n_neighbors=k)} for k in (1, 5, 15, 44)],
        "accuracy": [{"k": k, "dims": dims, "value": left_out(k, dims)} for k, dims in ((1, 3), (5, 3), (7, 20))],
    },
)
