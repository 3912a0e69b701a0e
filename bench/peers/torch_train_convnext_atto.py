"""Row train-convnext-atto: ConvNeXt-atto with 10 classes, batch 16 at 224, SGD with momentum.

/usr/bin/python3 bench/peers/torch_train_convnext_atto.py --format nchw|channels_last --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch

from convnext_atto import convnext_atto
from peer import main, training

BATCH = 16


def build(layout):
    model = convnext_atto(10).train()
    return training(model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9), BATCH, 224, 10, layout)


main("train-convnext-atto", BATCH, build)
