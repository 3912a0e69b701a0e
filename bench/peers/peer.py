"""How every PyTorch peer runs: build once, warm up, then time steps. A peer script calls `main(name, batch, build)`, where
build(format) returns a function that does one step and returns a number that must be finite.

    /usr/bin/python3 bench/peers/torch_train_convnet.py --format nchw --steps 5 --warmup 2 --threads 2

prints {"name", "format", "batch", "imagesPerSecond", "times", "rssBytes", "peakRssBytes"}, times in seconds, images/s from
their median. With --serve the process stays: it prints {"ready": true, "name", "format", "batch", "rssBytes", "peakRssBytes"}
after the warm-up, then answers each line "step N" on stdin with {"times", "rssBytes", "peakRssBytes"}, so that peer and product
can take turns; it ends with stdin.
"""

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

import torch


def memory():
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rssBytes": resident, "peakRssBytes": max(peak, resident)}


def timed(step, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        value = step()
        times.append(time.perf_counter() - start)
        if not math.isfinite(value):
            sys.exit(f"the step returned {value}: its time means nothing")
    return times


def answer(content):
    print(json.dumps(content), flush=True)


def main(name, batch, build, formats=("nchw", "channels_last")):
    parser = argparse.ArgumentParser()
    parser.add_argument("--format", choices=formats, default=formats[0])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    step = build(options.format)
    timed(step, options.warmup)
    about = {"name": name, "format": options.format, "batch": batch}
    if not options.serve:
        times = timed(step, options.steps)
        answer({**about, "imagesPerSecond": batch / statistics.median(times), "times": times, **memory()})
        return
    answer({"ready": True, **about, **memory()})
    for line in sys.stdin:
        command, _, count = line.strip().partition(" ")
        if command != "step" or not count.isdigit():
            sys.exit(f'"step N" expected, {line.strip()!r} received')
        times = timed(step, int(count))
        answer({"times": times, **memory()})


def memory_format(name):
    return torch.channels_last if name == "channels_last" else torch.contiguous_format


def training(model, optimizer, batch, size, classes, layout):
    """One step: forward, backward, update, on the same random batch each time."""
    model.to(memory_format=memory_format(layout))
    images = torch.rand(batch, 3, size, size).to(memory_format=memory_format(layout))
    labels = torch.arange(batch) % classes

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def inference(model, batch, size, layout):
    """One forward pass. The layout "jit" freezes and optimizes a trace, which folds batch norm and picks oneDNN's own layouts."""
    model.eval().to(memory_format=memory_format(layout))
    images = torch.rand(batch, 3, size, size).to(memory_format=memory_format(layout))
    if layout == "jit":
        with torch.no_grad():
            model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, images)))

    def step():
        with torch.no_grad() if layout == "jit" else torch.inference_mode():
            return model(images)[0, 0].item()

    return step
