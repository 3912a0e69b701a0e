"""Row infer-resnet50: torchvision's ResNet-50, 1000 classes, batch 8 at 224.

/usr/bin/python3 bench/peers/torch_infer_resnet50.py --format nchw|channels_last|jit --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torchvision

from peer import inference, main

BATCH = 8
main(
    "infer-resnet50",
    BATCH,
    lambda layout: inference(torchvision.models.resnet50(), BATCH, 224, layout),
    ("nchw", "channels_last", "jit"),
)
