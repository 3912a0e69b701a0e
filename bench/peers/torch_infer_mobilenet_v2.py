"""Row infer-mobilenet-v2: the forward pass of torchvision's MobileNetV2, batch 16 at 224.

/usr/bin/python3 bench/peers/torch_infer_mobilenet_v2.py --format nchw|channels_last|jit --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torchvision

from peer import inference, main

BATCH = 16

main(
    "infer-mobilenet-v2",
    BATCH,
    lambda layout: inference(torchvision.models.mobilenet_v2(), BATCH, 224, layout),
    formats=("nchw", "channels_last", "jit"),
)
