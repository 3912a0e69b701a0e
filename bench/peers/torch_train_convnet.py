"""Row train-convnet: the convnet of convnet.py, batch 32, Adam 1e-3.

/usr/bin/python3 bench/peers/torch_train_convnet.py --format nchw|channels_last --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch

from convnet import BATCH, CLASSES, SIZE, convnet
from peer import main, training


def build(layout):
    model = convnet()
    return training(model, torch.optim.Adam(model.parameters(), 1e-3), BATCH, SIZE, CLASSES, layout)


main("train-convnet", BATCH, build)
