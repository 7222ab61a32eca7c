"""Who writes: printed faces, handwriting-like faces, real digits, pens. Calibration and measuring share none of them.

Reserved for acceptance and never drawn here: yozfont, kouzan, KanjiVG strokes, and MNIST digits from index 800 of each
class on. The network of the digit reader has seen the MNIST digits below 700.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

MNIST = {"calibration": range(700, 750), "measure": range(750, 800)}
PRINTED = {
    "calibration": ["ipaexm", "BIZUDGothic-Regular", "VL-Gothic-Regular", "sawarabi-gothic-medium", "MTLc3m", "ume-tms3"],
    "measure": ["ipaexg", "BIZUDPMincho-Regular", "Mplus1-Regular", "sawarabi-mincho-medium", "ume-tgo4"],
}
HANDS = {
    "calibration": ["kiloji", "setofont", "kiloji_b"],
    "measure": ["KleeOne-Regular", "YuseiMagic-Regular", "KleeOne-SemiBold"],
}
FOLDERS = ["/usr/share/fonts"]
PX = 16  # pixels per millimetre of the sheet


class Hand:
    """Draws characters as masks of ink, 0 to 1."""

    def __init__(self, kind, split, mnist, rng):
        self.handwritten = kind == "hand"
        faces = (HANDS if self.handwritten else PRINTED)[split]
        self.face = str(rng.choice(faces))
        self.digits = digits_of(str(mnist), split) if self.handwritten and rng.random() < 0.75 else None
        self.weight = float(rng.uniform(-0.6, 0.9)) if self.handwritten else 0.0
        self.slant = float(rng.normal(0, 0.06)) if self.handwritten else 0.0
        self.pen = float(rng.uniform(0.35, 0.75))
        self.mark = str(rng.choice(["tick", "tick", "tick", "fill", "cross"]))
        self.rng = rng

    def knows(self, text):
        return all(ord(c) in characters(self.face) for c in text if not c.isspace())

    def letter(self, letter, size):
        """A character whose em is `size` millimetres, and its corner from the pen; None for white space."""
        if letter.isspace():
            return None
        em = size * PX
        if self.handwritten:
            em *= self.rng.uniform(0.92, 1.08)
        font = face(self.face, max(4, round(em)))
        box = font.getbbox(letter)
        pad = 10
        picture = Image.new("L", (box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad))
        ImageDraw.Draw(picture).text((pad - box[0], pad - box[1]), letter, fill=255, font=font)
        ink = np.asarray(picture, np.float32) / 255
        if self.handwritten:
            ink = self.warped(ink, 0.7)
        return ink, (box[0] - pad, box[1] - pad)

    def cell_letter(self, letter, size):
        """A character alone in a comb cell, cut to its ink; a digit may be a real one."""
        if self.digits is not None and letter.isdigit():
            return cut(self.real_digit(int(letter), size))
        drawn = self.letter(letter, size)
        return None if drawn is None else cut(drawn[0], letter not in "ー・")

    def real_digit(self, value, size):
        small = self.digits[value][self.rng.integers(len(self.digits[value]))]
        zoom = size * 0.95 * PX / 20 * self.rng.uniform(0.85, 1.1)
        return self.warped(np.clip(ndimage.zoom(small, zoom, order=3), 0, 1), 0.35)

    def warped(self, ink, strength):
        """Leans, bends and thickens a character a little, as no two written ones are alike."""
        h, w = ink.shape
        ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
        angle = np.radians(self.rng.normal(0, 2.5))
        cx, cy = w / 2, h / 2
        u = (xs - cx) * np.cos(angle) + (ys - cy) * (np.sin(angle) + self.slant) + cx
        v = (ys - cy) * np.cos(angle) - (xs - cx) * np.sin(angle) + cy
        bend = 0.02 * max(h, w) * strength
        for move in (u, v):
            a, b, phase = self.rng.normal(0, bend), self.rng.uniform(0.6, 1.4), self.rng.uniform(0, 6.28)
            move += a * np.sin(b * 6.28 * (xs + ys) / (h + w) + phase)
        ink = ndimage.map_coordinates(ink, [v, u], order=1, mode="constant")
        grow = self.weight * strength
        soft = ndimage.gaussian_filter(ink, 1.0 + abs(grow))
        return np.clip((soft - 0.5 + 0.25 * grow) * 3 + 0.5, 0, 1)

    def width(self, text, size):
        """Millimetres that a line of text takes."""
        return sum(self.advance(letter) for letter in text) * size

    def advance(self, letter):
        return face(self.face, 200).getlength(letter) / 200


def cut(ink, rows=True):
    """The columns with ink in them, and of most characters the rows."""
    ys, xs = np.nonzero(ink > 0.3)
    down = slice(ys.min(), ys.max() + 1) if rows else slice(None)
    return ink[down, xs.min() : xs.max() + 1]


@lru_cache(maxsize=256)
def face(name, pixels):
    return ImageFont.truetype(font_file(name), pixels)


@lru_cache(maxsize=64)
def font_file(name):
    for folder in FOLDERS:
        for path in sorted(Path(folder).rglob(f"{name}.*")):
            if path.suffix in (".ttf", ".otf", ".ttc"):
                return str(path)
    raise SystemExit(f"no font {name}: run make bench-reading")


@lru_cache(maxsize=64)
def characters(name):
    return frozenset(TTFont(font_file(name), lazy=True).getBestCmap())


@lru_cache(maxsize=4)
def digits_of(folder, split):
    digits = []
    for value in range(10):
        flat = json.loads(Path(folder, f"{value}.json").read_text())["data"]
        indices = MNIST[split]
        part = flat[indices.start * 784 : indices.stop * 784]
        digits.append(np.array(part, np.float32).reshape(-1, 28, 28))
    return digits
