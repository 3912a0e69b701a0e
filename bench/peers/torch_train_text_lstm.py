"""Row train-text-lstm: an embedding of 10,000 words and an LSTM 128 -> 64 over texts of 101 to 200 words, batch 32, Adam 1e-3.

/usr/bin/python3 bench/peers/torch_train_text_lstm.py --steps 10 --warmup 2 --threads 2 [--serve]
"""

import torch

from peer import main
from recurrent import BATCH, LENGTH, VOCABULARY, Recurrent, training


def build(_):
    lengths = LENGTH - (torch.arange(BATCH) * 37) % 100
    words = torch.randint(1, VOCABULARY, (BATCH, LENGTH)) * (torch.arange(LENGTH) < lengths[:, None])
    return training(Recurrent(VOCABULARY), words, lengths)


main("train-text-lstm", BATCH, build, ("batch_first",))
