#!/bin/sh
# Writes every golden file anew (Debian: python3-torch 1.13, python3-torchvision 0.14, python3-astropy 5.2, python3-pil 9.4): sh test/golden/make.sh
set -e
cd "$(dirname "$0")"
for topic in pattern models optimizers frozen losses schedules architectures preprocess augment safetensors pictures fits stretch evaluation feature_maps \
  recurrent arrays perceptual-hash mobile_networks classic_networks splits sky votes classical addresses embedding_map; do
  /usr/bin/python3 "$topic.py"
done
