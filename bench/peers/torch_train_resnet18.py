"""Row train-resnet18: torchvision's ResNet-18 with 10 classes, batch 16 at 128, SGD with momentum, batch norm in training mode.

/usr/bin/python3 bench/peers/torch_train_resnet18.py --format nchw|channels_last --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch
import torchvision

from peer import main, training

BATCH = 16


def build(layout):
    model = torchvision.models.resnet18(num_classes=10).train()
    return training(model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9), BATCH, 128, 10, layout)


main("train-resnet18", BATCH, build)
