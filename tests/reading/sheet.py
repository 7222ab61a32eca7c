"""A printed blank filled in by a hand; ink 1 on paper 0, PX pixels per millimetre."""

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from hands import PX


def blank(kasasagi, folder, serial):
    """The blank as the form's own printing command makes it; serial 0 is a photocopied one."""
    pdf = Path(folder, f"blank-{serial}.pdf")
    picture = pdf.with_suffix(".png")
    if not picture.exists():
        numbered = ["--serial", str(serial)] if serial else []
        subprocess.run([kasasagi, "form", "print", "ICM-01", "-o", pdf, *numbered], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["pdftoppm", "-gray", "-png", "-singlefile", "-r", str(PX * 25.4), pdf, picture.with_suffix("")], check=True)
    return 1 - np.asarray(Image.open(picture).convert("L"), np.float32) / 255


def fill_in(paper, form, entries, hand, rng):
    """Writes every entry; returns the paper."""
    fields = {field["key"]: field for field in form["fields"]}
    for key, entry in entries.items():
        field = fields[key]
        boxes = {b["option"]: b["rect_mm"] for b in field["boxes"]}
        for option in entry.marked:
            mark(paper, boxes[option], hand, rng)
        for letter, cell in zip(entry.cells, field["cell_rects_mm"] or []):
            write_cell(paper, letter, cell, hand, rng)
        if entry.text:
            write_text(paper, entry.text, field, hand, rng)
    return paper


def put(paper, ink, x, y):
    """Lays ink down with its top left corner at pixel x, y."""
    h, w = ink.shape
    x, y = int(round(x)), int(round(y))
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(paper.shape[1], x + w), min(paper.shape[0], y + h)
    if x1 > x0 and y1 > y0:
        part = paper[y0:y1, x0:x1]
        np.maximum(part, ink[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


def write_cell(paper, letter, cell, hand, rng):
    ink = hand.cell_letter(letter, cell[3] * 0.68)
    if ink is None:
        return
    spread = 0.35 if hand.handwritten else 0.1
    x, y, w, h = (side * PX for side in cell)
    dx, dy = rng.normal(0, spread * PX, 2).clip(-0.8 * PX, 0.8 * PX)
    put(paper, ink, x + (w - ink.shape[1]) / 2 + dx, y + (h - ink.shape[0]) / 2 - 0.2 * PX + dy)


def write_text(paper, text, field, hand, rng):
    x, y, w, h = field["zone_mm"]
    lines = field["lines"]
    size = min(h / lines * 0.66, 4.4 if hand.handwritten else float(rng.uniform(3.2, 4.2)))
    rows = [text]
    if lines > 1 and hand.width(text, size) > w - 2:
        half = -(-len(text) // lines)
        rows = [text[i : i + half] for i in range(0, len(text), half)]
    size = min(size, (w - 2.5) / max(hand.width(row, 1.0) for row in rows))
    for number, row in enumerate(rows):
        pen = x + 1.0 + abs(rng.normal(0, 0.6))
        base = y + h / lines * (number + 0.5) - size * 0.58 + rng.normal(0, 0.25 if hand.handwritten else 0.05)
        for letter in row:
            drawn = hand.letter(letter, size)
            advance = hand.advance(letter) * size
            if drawn is not None:
                ink, corner = drawn
                dy = rng.normal(0, 0.12) if hand.handwritten else 0.0
                put(paper, ink, pen * PX + corner[0], (base + dy) * PX + corner[1])
            pen += advance * (rng.uniform(0.97, 1.06) if hand.handwritten else 1.0)


def mark(paper, rect, hand, rng):
    x, y, w, h = rect
    def at(u, v):
        return ((x + u * w + rng.normal(0, 0.25)) * PX, (y + v * h + rng.normal(0, 0.25)) * PX)

    if hand.mark == "tick":
        strokes = [[at(0.12, 0.45), at(0.42, 0.88), at(1.08, -0.12)]]
    elif hand.mark == "cross":
        strokes = [[at(0.12, 0.12), at(0.88, 0.88)], [at(0.88, 0.12), at(0.12, 0.88)]]
    else:
        rows = np.linspace(0.15, 0.85, 7)
        strokes = [[at(0.15 if i % 2 else 0.85, v) for i, v in enumerate(rows)] + [at(0.85, 0.8), at(0.15, 0.2), at(0.8, 0.15), at(0.2, 0.85)]]
    width = (hand.pen if hand.mark != "fill" else max(hand.pen, 0.6)) * PX
    left, top = int((x - 3) * PX), int((y - 3) * PX)
    picture = Image.new("L", (int((w + 6) * PX), int((h + 6) * PX)))
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(u - left, v - top) for u, v in stroke]
        pen.line(points, fill=255, width=round(width), joint="curve")
        for u, v in (points[0], points[-1]):
            pen.ellipse((u - width / 2, v - width / 2, u + width / 2, v + width / 2), fill=255)
    put(paper, np.asarray(picture, np.float32) / 255, left, top)
