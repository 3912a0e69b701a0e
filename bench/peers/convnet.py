"""The network of the rows train-convnet and infer-convnet: three 3x3 convolutions of 32, 64 and 128 filters, each with ReLU
and a 2x2 max-pool, then dense 128 with ReLU and dense 10, for 3x128x128 images."""

from torch import nn

BATCH, SIZE, CLASSES = 32, 128, 10


def convnet():
    layers = []
    for inputs, outputs in [(3, 32), (32, 64), (64, 128)]:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    features = 128 * (SIZE // 8) ** 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 128), nn.ReLU(inplace=True), nn.Linear(128, CLASSES))
