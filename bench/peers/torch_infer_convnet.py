"""Row infer-convnet: the forward pass of the convnet of convnet.py, batch 32.

/usr/bin/python3 bench/peers/torch_infer_convnet.py --format nchw|channels_last|jit --steps 10 --warmup 2 --threads 2 [--serve]
"""

from convnet import BATCH, SIZE, convnet
from peer import inference, main

main("infer-convnet", BATCH, lambda layout: inference(convnet(), BATCH, SIZE, layout), ("nchw", "channels_last", "jit"))
