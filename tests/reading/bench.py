"""Measures reading on the measuring split, beside `tesseract` and OCRmyPDF on the same pages; prints Markdown.

Per damage class, resolution and hand: pages whose form was found, sure share of the written fields, wrong among sure
(a field left empty and read as sure counts as wrong), written fields called blank, boxes apart; then per field type; then
pages a minute, the three programs one after the other in this run, each on all processors.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import corpus
from truth import is_right, pages

WRITTEN = {"text": "text", "kana": "kana", "choice": "boxes", "choices": "boxes", "check": "boxes"}


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    corpus.add_arguments(ask)
    ask.add_argument("--pages", type=int, default=10, help="pages of each damage class, resolution and kind of hand")
    ask.add_argument("--beside", type=int, default=8, help="pages given to tesseract and OCRmyPDF; 0 for neither")
    options = ask.parse_args()
    folder = corpus.make(options, "measure", options.pages)
    truth = pages(folder)
    files = [str(Path(folder, name)) for name in sorted(truth)]
    described = subprocess.run([options.kasasagi, "form", "fields", "ICM-01", "--json"], check=True, stdout=subprocess.PIPE)
    types = {field["key"]: WRITTEN.get(field["type"], "comb") for field in json.loads(described.stdout)["fields"]}
    started = time.monotonic()
    answers = read(options.kasasagi, files)
    seconds = time.monotonic() - started
    rows = [row for page in truth.values() for row in judged(page, answers.get(page["file"]), types)]
    tables(truth, answers, rows)
    speeds(files, seconds, options.beside)


def read(kasasagi, files):
    """The record of every page on which the form was found."""
    done = subprocess.run([kasasagi, "read", "--json", *files], stdout=subprocess.PIPE)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(a["file"]).name: a for a in answers if a["form"] == "ICM-01"}


def judged(page, answer, types):
    """A row for every field: its page's classes, its type, and what became of it."""
    for key, kind in types.items():
        written = page["fields"].get(key, {}).get("value")
        read = (answer or {"fields": {}})["fields"].get(key, {"state": "lost", "value": None})
        if written is None:
            ending = "wrong" if read["state"] == "sure" and read["value"] not in (None, False, []) else "empty"
        elif read["state"] == "sure":
            ending = "right" if is_right(read["value"], written) else "wrong"
        else:
            ending = read["state"]
        yield {"hand": page["hand"], "resolution": page["resolution"], "damage": page["damage"], "type": kind, "ending": ending, "written": written is not None}


def tables(truth, answers, rows):
    print("| hand | resolution | damage | form found | sure | wrong among sure | called blank |\n|---|---|---|---|---|---|---|")
    for hand in ("printed", "hand"):
        for resolution in ("fine", "standard"):
            for damage in ("all", *sorted({page["damage"] for page in truth.values()})):
                def fits(row):
                    return row["hand"] == hand and row["resolution"] == resolution and damage in ("all", row["damage"])
                on = [page for page in truth.values() if fits(page)]
                found = sum(page["file"] in answers for page in on)
                print(f"| {hand} | {resolution} | {damage} | {found} of {len(on)} | {shares(filter(fits, rows))} |")
    print("\n| hand | resolution | type | sure | wrong among sure | called blank |\n|---|---|---|---|---|---|")
    groups = defaultdict(list)
    for row in rows:
        groups[row["hand"], row["resolution"], row["type"]].append(row)
    for names, group in sorted(groups.items()):
        print(f"| {' | '.join(names)} | {shares(group)} |")


def shares(rows):
    """Sure share of the written fields, wrong among sure, and written fields called blank."""
    rows = list(rows)
    ends = Counter(row["ending"] for row in rows)
    written = sum(row["written"] for row in rows)
    sure = ends["right"] + ends["wrong"]
    return f"{sure / max(written, 1):.1%} of {written} | {ends['wrong']} ({ends['wrong'] / max(sure, 1):.2%}) | {ends['blank']}"


def speeds(files, seconds, beside):
    figures = {"pages": len(files), "kasasagi": len(files) / seconds * 60}
    print(f"\n| program | pages | pages a minute |\n|---|---|---|\n| kasasagi read | {len(files)} | {figures['kasasagi']:.1f} |")
    part = files[:: max(1, len(files) // beside)] if beside else []
    if not part:
        return
    with tempfile.TemporaryDirectory() as scratch:
        plain = [page_picture(file, scratch, number) for number, file in enumerate(part)]
        for name, command in (
            ("tesseract -l jpn", lambda png: ["tesseract", png, "-", "-l", "jpn"]),
            ("ocrmypdf -l jpn", lambda png: ["ocrmypdf", "-q", "-l", "jpn", "--image-dpi", "200", "--output-type", "pdf", "--jobs", "1", png, png + ".pdf"]),
        ):
            started = time.monotonic()
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                for done in pool.map(lambda png, c=command: subprocess.run(c(png), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "OMP_THREAD_LIMIT": "1"}), plain):
                    if done.returncode:
                        raise SystemExit(f"{name}: {done.stderr.decode(errors='replace')}")
            rate = len(plain) / (time.monotonic() - started) * 60
            print(f"| {name} | {len(plain)} | {rate:.1f} |")
            figures[name.split()[0]] = rate
    kept = Path(__file__).resolve().parents[2] / "target/bench/reading.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({**figures, "beside": len(part)}))


def page_picture(file, scratch, number):
    """A page as square pixels, which both other programs want."""
    from PIL import Image

    png = Path(scratch, f"{number}.png")
    if file.endswith(".pdf"):
        subprocess.run(["pdftoppm", "-r", "204", "-gray", "-png", "-singlefile", file, png.with_suffix("")], check=True)
    else:
        picture = Image.open(file).convert("L")
        across, down = picture.info.get("dpi", (204, 196))
        picture.resize((picture.width, round(picture.height * across / down))).save(png, dpi=(204, 204))
    return str(png)


if __name__ == "__main__":
    main()
