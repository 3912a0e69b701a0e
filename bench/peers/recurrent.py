"""The networks of the rows train-lstm and train-text-lstm, and their step: an LSTM of 64 units over 200 steps of 128 numbers, its last
state through a dense layer to 10 classes; over an embedding of 10,000 words, packed by their lengths, in the second."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence

BATCH, LENGTH, SIZE, UNITS, CLASSES, VOCABULARY = 32, 200, 128, 64, 10, 10_000


class Recurrent(nn.Module):
    def __init__(self, vocabulary=None):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, SIZE) if vocabulary else None
        self.lstm = nn.LSTM(SIZE, UNITS, batch_first=True)
        self.fc = nn.Linear(UNITS, CLASSES)

    def forward(self, x, lengths=None):
        if self.embedding is None:
            return self.fc(self.lstm(x)[0][:, -1])
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        return self.fc(self.lstm(packed)[1][0][0])


def training(model, *inputs):
    """One step: forward, backward, Adam, on the same random batch each time."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    labels = torch.arange(BATCH) % CLASSES

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = cross_entropy(model(*inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
