"""Row infer-convnext-atto: the forward pass of ConvNeXt-atto, batch 16 at 224.

/usr/bin/python3 bench/peers/torch_infer_convnext_atto.py --format nchw|channels_last|jit --steps 10 --warmup 2 --threads 2 [--serve]
"""

from convnext_atto import convnext_atto
from peer import inference, main

BATCH = 16

main(
    "infer-convnext-atto",
    BATCH,
    lambda layout: inference(convnext_atto(1000), BATCH, 224, layout),
    formats=("nchw", "channels_last", "jit"),
)
