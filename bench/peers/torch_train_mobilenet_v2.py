"""Row train-mobilenet-v2: torchvision's MobileNetV2 with 10 classes, batch norm in training mode, batch 16 at 224, SGD with momentum.

/usr/bin/python3 bench/peers/torch_train_mobilenet_v2.py --format nchw|channels_last --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch
import torchvision

from peer import main, training

BATCH = 16


def build(layout):
    model = torchvision.models.mobilenet_v2(num_classes=10).train()
    return training(model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9), BATCH, 224, 10, layout)


main("train-mobilenet-v2", BATCH, build)
