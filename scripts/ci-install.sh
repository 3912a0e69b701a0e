#!/usr/bin/env bash
# Installs the Debian packages that the tests use, those that are missing. Needs root, or sudo.
set -euo pipefail

packages=(
  chromium     # the browser of test/browser
  postgresql   # the server that the catalogue's tests start
  openssl      # makes the certificates of a test
  python3-onnx # the reference checker of written models
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
fi
"${as_root[@]}" apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 \
  install --yes --no-install-recommends "${missing[@]}"
