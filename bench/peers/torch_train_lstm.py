"""Row train-lstm: an LSTM 128 -> 64 over 200 steps, batch 32, Adam 1e-3.

/usr/bin/python3 bench/peers/torch_train_lstm.py --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch

from peer import main
from recurrent import BATCH, LENGTH, SIZE, Recurrent, training

main("train-lstm", BATCH, lambda _: training(Recurrent(), torch.rand(BATCH, LENGTH, SIZE)), ("batch_first",))
