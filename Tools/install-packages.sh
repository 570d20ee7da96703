#!/bin/bash
# Installs the system packages that the build needs where they are missing (Debian and its relatives). Elsewhere, and
# without the rights to install, it says what is needed.
set -euo pipefail

packages=(libhdf5-dev libedit-dev pkg-config)

if pkg-config --exists hdf5 libedit 2>/dev/null; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "snn needs the development files of HDF5 and libedit, and pkg-config. Please install them." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  prefix=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  prefix=(sudo)
elif [ -t 0 ] && command -v sudo >/dev/null; then
  prefix=(sudo)
else
  echo "Please type, as an administrator:" >&2
  echo "  apt-get update && $install" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
"${prefix[@]}" apt-get update -q
# The words of the command are the packages' names.
# shellcheck disable=SC2086
"${prefix[@]}" $install
