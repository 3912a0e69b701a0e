#!/bin/sh
# Writes every golden file anew (Debian's python3-torch 1.13, python3-torchvision 0.14): sh test/golden/make.sh
set -e
cd "$(dirname "$0")"
for topic in pattern models optimizers losses schedules architectures preprocess augment; do /usr/bin/python3 "$topic.py"; done
