"""Draws comb fields of ten cells as they come off a fax, and has the reader's own code cut them."""

import json
import struct
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

import strokes

FINE, STANDARD = 196.0, 98.0
NONE = 10  # the class of what is no digit
FINENESS = 20  # pixels per millimetre while drawing
MARGIN = 5.0  # millimetres of paper around the ten cells
CELL, HEIGHT = 5.0, 7.0
MILD = 0.5  # strength of the warps in all measurements; training bends harder
RESERVED = 800  # MNIST digits from this index on belong to acceptance

FONTS = {
    # Held out of training: the printed and the handwriting-like face of the test.
    "test": ["ipaexg", "BIZUDPGothic-Bold", "YuseiMagic-Regular", "setofont"],
    "calibration": ["LiberationSerif-Regular", "kiloji_p", "KleeOne-SemiBold", "DejaVuSans-Oblique"],
    "train": [
        "BIZUDGothic-Regular", "ipag", "VL-Gothic-Regular", "ipaexm", "KleeOne-Regular", "kiloji", "kiloji_d", "kiloji_b",
        "DejaVuSans", "DejaVuSans-ExtraLight", "DejaVuSansMono", "DejaVuSerif", "LiberationSans-Regular",
        "LiberationSans-Bold", "LiberationMono-Regular", "LiberationSansNarrow-Regular", "LiberationSerif-Italic",
        "NotoSans-Regular", "NotoSans-Italic", "NotoSerif-Regular", "NotoSansDisplay-Regular",
        "Mplus1-Bold", "Mplus1Code-Regular", "VL-PGothic-Regular", "Mplus1-Black", "Mplus2-Light", "MplusCodeLatin50-Medium",
        "ume-tgo4", "ume-tms3", "Konatu", "MTLmr3m", "MTLc3m", "sawarabi-gothic-medium", "sawarabi-mincho-medium",
        "BIZUDMincho-Regular", "NimbusSans-Bold", "NimbusMonoPS-Regular", "P052-Italic", "C059-Bold", "URWGothic-Book", "Z003-MediumItalic",
    ],
}
# Letters that no one would take for a digit, though a network might.
LETTERS = "AEFGHKMNPRTUVWXadefhkmnrtvwxアイウエオカキケサシスセタテナニネハヒホマムメモヤヨラルレロンあきさすせたなねはまみやりる年月日大昭平令男女東山井田#%&*+=?@"


class Sources:
    """The glyphs of one split; splits share no MNIST digit and no font."""

    def __init__(self, split, mnist, indices):
        assert max(indices) < RESERVED
        self.mnist = {d: read_mnist(mnist, d, indices) for d in range(10)}
        self.fonts = [font(name) for name in FONTS[split]]

    def digit(self, value, kind, rng, index=None):
        """A master glyph of a digit."""
        if kind == "mnist":
            all_ = self.mnist[value]
            small = all_[rng.integers(len(all_)) if index is None else index]
            return np.clip(ndimage.zoom(small, 4, order=3), 0, 1)
        if kind == "font":
            return typeset(self.fonts[rng.integers(len(self.fonts))], str(value))
        return strokes.draw(strokes.digit(value, rng), rng.uniform(3, 13), rng)

    def other(self, rng):
        """A master glyph of something else, and its share of being a digit: (glyph, digit or None)."""
        kind, value = rng.random(), int(rng.integers(10))
        if kind < 0.3:
            return typeset(self.fonts[rng.integers(len(self.fonts))], rng.choice(list(LETTERS))), None
        if kind < 0.5:
            return strokes.draw(strokes.scribble(rng), rng.uniform(3, 13), rng), None
        glyph = self.digit(value, rng.choice(["mnist", "mnist", "font", "strokes"]), rng)
        if kind < 0.75:  # struck out
            picture = Image.new("L", (strokes.SIDE, strokes.SIDE))
            pen = ImageDraw.Draw(picture)
            for stroke in strokes.strike(rng):
                pen.line([tuple(p * strokes.SIDE) for p in stroke], fill=255, width=int(rng.integers(4, 11)))
            return np.maximum(glyph, np.asarray(picture, np.float32) / 255), None
        if kind < 0.85:  # one digit written over another
            over = (value + int(rng.integers(1, 10))) % 10
            return np.maximum(glyph, np.roll(self.digit(over, "mnist", rng), rng.integers(-12, 13, 2), (0, 1))), None
        if kind < 0.93:  # a part of a digit
            return cut(glyph, rng), value
        if kind < 0.96:  # two digits in one cell
            return beside(glyph, self.digit(int(rng.integers(10)), "mnist", rng)), None
        return smudge(rng), None


def read_mnist(folder, digit, indices):
    values = json.loads(Path(folder, f"{digit}.json").read_text())["data"][: RESERVED * 784]
    return np.array(values, np.float32).reshape(-1, 28, 28)[list(indices)]


def font(name):
    found = [p for p in Path("/usr/share/fonts").rglob(f"{name}.*") if p.suffix in (".ttf", ".otf", ".ttc")]
    if not found:
        raise SystemExit(f"the font {name} is missing; see ocr/train/README.md for the packages")
    return ImageFont.truetype(str(sorted(found)[0]), 100)


def typeset(face, text):
    picture = Image.new("L", (strokes.SIDE * 2, strokes.SIDE * 2))
    ImageDraw.Draw(picture).text((strokes.SIDE, strokes.SIDE), text, fill=255, font=face, anchor="mm")
    box = picture.getbbox()
    if box is None:
        return np.zeros((strokes.SIDE, strokes.SIDE), np.float32)
    glyph = picture.crop(box)
    scale = strokes.UNIT / max(glyph.size)
    glyph = glyph.resize([max(1, round(s * scale)) for s in glyph.size], Image.Resampling.BILINEAR)
    out = Image.new("L", (strokes.SIDE, strokes.SIDE))
    out.paste(glyph, ((strokes.SIDE - glyph.width) // 2, (strokes.SIDE - glyph.height) // 2))
    return np.asarray(out, np.float32) / 255


def cut(glyph, rng):
    rows, columns = np.nonzero(glyph > 0.5)
    part = glyph.copy()
    if rng.random() < 0.6:
        at = int(rows.min() + (rows.max() - rows.min()) * rng.uniform(0.35, 0.6))
        part[at:] = 0
    else:
        at = int(columns.min() + (columns.max() - columns.min()) * rng.uniform(0.4, 0.6))
        part[:, at:] = 0
    return part if rng.random() < 0.5 else np.where(glyph > part, glyph, 0)


def beside(left, right):
    half = lambda glyph: np.asarray(Image.fromarray(glyph).resize((strokes.SIDE // 2, strokes.SIDE), Image.Resampling.BILINEAR))
    return np.concatenate([half(left), half(right)], 1)


def smudge(rng):
    noise = ndimage.gaussian_filter(rng.normal(size=(strokes.SIDE, strokes.SIDE)), rng.uniform(2, 7))
    y, x = np.mgrid[: strokes.SIDE, : strokes.SIDE] / strokes.SIDE - 0.5
    inside = (x / rng.uniform(0.2, 0.4)) ** 2 + (y / rng.uniform(0.1, 0.4)) ** 2 < 1
    return ((noise > noise.std() * rng.uniform(-1, 0.8)) & inside).astype(np.float32)


def pen(glyph, rng):
    """The glyph as a thicker or thinner pen draws it, now and then with a gap."""
    inside = ndimage.distance_transform_edt(glyph > 0.5)
    depth = inside - ndimage.distance_transform_edt(glyph <= 0.5)
    ink = np.clip(depth - rng.uniform(-2.5, 0.55 * min(inside.max(), 5)) + 0.5, 0, 1).astype(np.float32)
    if rng.random() < 0.12:
        y, x = np.indices(ink.shape) - strokes.SIDE / 2
        angle = rng.uniform(0, np.pi)
        ink[np.abs(x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-25, 25)) < rng.uniform(0.5, 2)] = 0
    return ink


def warp(glyph, height_mm, rng, strength):
    """The glyph at its size on the paper: turned, sheared, stretched, bent, thicker or thinner."""
    if strength > MILD and rng.random() < 0.4:
        glyph = pen(glyph, rng)
    side = int(height_mm * FINENESS * 1.45)
    scale = strokes.UNIT / (height_mm * FINENESS)
    angle, shear = np.radians(rng.uniform(-8, 8) * strength), rng.uniform(-0.2, 0.2) * strength
    wide = rng.uniform(1 - 0.22 * min(strength, 1.2), 1 + 0.18 * min(strength, 1.2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, 0], [shear, 1 / wide]]) * scale
    at = np.indices((side, side)).reshape(2, -1) - side / 2
    bend = rng.normal(0, 2.6 * strength, (2, 4, 4))
    field = np.stack([np.asarray(Image.fromarray(b.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)) for b in bend])
    source = matrix @ at + strokes.SIDE / 2 + field.reshape(2, -1)
    ink = ndimage.map_coordinates(ndimage.gaussian_filter(glyph, rng.uniform(0.5, 1.8)), source, order=1)
    level = 0.5 + min(strength, 1) * rng.uniform(-0.25, 0.17)
    return np.clip((ink.reshape(side, side) - level) * 6 + 0.5, 0, 1)


def strip(glyphs, rng, lines, strength=1.0):
    """Ten glyphs (`None`: an empty cell) in a comb, faxed: the bytes that the cutter wants."""
    paper_mm = (10 * CELL + 2 * MARGIN, HEIGHT + 2 * MARGIN)
    canvas = np.zeros((round(paper_mm[1] * FINENESS), round(paper_mm[0] * FINENESS)), np.float32)
    comb(canvas)
    size = rng.uniform(3.2, 5.6)
    for place, glyph in enumerate(glyphs):
        if glyph is None:
            continue
        ink = warp(glyph, size * rng.uniform(0.88, 1.12), rng, strength)
        x = MARGIN + CELL * (place + 0.5) + rng.normal(0, 0.3 * strength)
        y = MARGIN + HEIGHT / 2 + rng.normal(0, 0.4 * strength)
        paste(canvas, ink, x, y)
    skew = rng.uniform(-1.5, 1.5) if rng.random() < 0.5 else 0.0
    pixels = scan(canvas, skew, rng, lines)
    return pack(pixels, lines, belief(skew, rng))


def comb(canvas):
    def solid(x0, y0, x1, y1):
        to = lambda mm: round((mm + MARGIN) * FINENESS)
        canvas[to(y0) : to(y1), to(x0) : to(x1)] = 1

    solid(0, HEIGHT - 0.25, 10 * CELL, HEIGHT)
    for i in range(11):
        solid(i * CELL - 0.125, HEIGHT - 2.6, i * CELL + 0.125, HEIGHT)


def paste(canvas, ink, x_mm, y_mm):
    h, w = ink.shape
    x, y = round(x_mm * FINENESS - w / 2), round(y_mm * FINENESS - h / 2)
    x, y = max(0, min(x, canvas.shape[1] - w)), max(0, min(y, canvas.shape[0] - h))
    part = canvas[y : y + h, x : x + w]
    np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)


def scan(canvas, skew, rng, lines):
    """Black and white rows of 204 × `lines` dpi; 0 ink, 255 paper."""
    picture = Image.fromarray((255 - canvas * 255).astype(np.uint8))
    if skew:
        picture = picture.rotate(-skew, Image.Resampling.BILINEAR, fillcolor=255)
    drop = lines == STANDARD and rng.random() < 0.5
    grid = (204, FINE if drop else lines)
    size = [round(side / FINENESS / 25.4 * dpi) for side, dpi in zip(picture.size, grid)]
    phase = rng.random(2) * (FINENESS / 8)
    box = (*phase, picture.width, picture.height)
    gray = np.asarray(picture.resize(size, Image.Resampling.BOX, box=box), np.float32) / 255
    gray = ndimage.gaussian_filter(gray, rng.uniform(0, 0.55)) + rng.normal(0, rng.uniform(0.02, 0.12), gray.shape)
    black = gray < rng.uniform(0.42, 0.66)
    if drop:
        black = black[int(rng.integers(2)) :: 2]
    black = damage(black, rng)
    return np.where(black, 0, 255).astype(np.uint8)


def damage(black, rng):
    kind, (h, w) = rng.random(), black.shape
    if kind < 0.25:  # specks
        black = black ^ (rng.random((h, w)) < rng.uniform(0, 0.006))
    elif kind < 0.33:  # ink that did not take
        weak = ndimage.gaussian_filter(rng.normal(size=(h, w)), 2)
        black = black & (weak < weak.std() * rng.uniform(1.6, 2.6))
    elif kind < 0.41:  # a row lost: white, or the one above again
        row = int(rng.integers(1, h))
        black = black.copy()
        black[row] = black[row - 1] if rng.random() < 0.5 else False
    elif kind < 0.46:  # a row dropped, all below move up
        row = int(rng.integers(0, h))
        black = np.concatenate([np.delete(black, row, 0), np.zeros((1, w), bool)])
    return black


def belief(skew, rng):
    """Where the reader thinks the comb is: the truth within a tenth of a millimetre or two."""
    s, c = np.sin(np.radians(skew)), np.cos(np.radians(skew))
    middle = np.array([10 * CELL + 2 * MARGIN, HEIGHT + 2 * MARGIN]) / 2
    turn = np.array([[c, -s], [s, c]])
    shift = middle + turn @ (MARGIN - middle) + rng.normal(0, 0.12, 2)
    return [turn[0, 0], turn[0, 1], shift[0], turn[1, 0], turn[1, 1], shift[1]]


def pack(pixels, lines, affine):
    h, w = pixels.shape
    return struct.pack("<II8f", w, h, 204.0, lines, *affine) + pixels.tobytes()


def cells(strips, cutter):
    """The pictures of all cells, as ink 0 to 1: [strip, 10, 28, 28]; `nan` where the reader sees an empty cell."""
    done = subprocess.run([cutter, "pictures"], input=b"".join(strips), stdout=subprocess.PIPE, check=True).stdout
    raw = np.frombuffer(done, np.uint8).reshape(len(strips), 10, 785)
    pictures = (255 - raw[:, :, 1:].astype(np.float32)) / 255
    pictures[raw[:, :, 0] == 0] = np.nan
    return pictures.reshape(-1, 10, 28, 28)
