"""Row finetune-mobilenetv2: torchvision's MobileNetV2 with 10 classes, every parameter trained, batch norm with its running
statistics (inference mode), batch 16 at 224, SGD with momentum.

/usr/bin/python3 bench/peers/torch_finetune_mobilenetv2.py --format nchw|channels_last --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch
import torchvision

from peer import main, training

BATCH = 16


def build(layout):
    model = torchvision.models.mobilenet_v2(num_classes=10).train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    return training(model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9), BATCH, 224, 10, layout)


main("finetune-mobilenetv2", BATCH, build)
