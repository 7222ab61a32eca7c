"""What scanner, paper feed, line and a second fax do to a sheet; and real fax coders for what comes out."""

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from hands import PX, font_file

FINE, STANDARD = 196.0, 98.0
WIDTH, ACROSS, DOWN = 1728, 204.0, 297.0
CLASSES = ["clean", "refaxed", "skewed", "scaled", "upside_down", "header", "lost_rows", "speckle"]


def fax(paper, damage, lines, rng):
    """Black and white rows (True is black) of 204 dots per inch across and `lines` down."""
    turn = float(rng.normal(0, 0.35))
    scale = float(rng.uniform(0.985, 1.01))
    stretch = float(rng.uniform(0.995, 1.005))
    if damage == "skewed":
        turn = float(rng.choice([-1, 1]) * rng.uniform(2.5, 5.0))
    if damage == "scaled":
        scale = float(rng.choice([rng.uniform(0.90, 0.96), rng.uniform(1.02, 1.10)]))
    if damage == "upside_down":
        turn += 180.0
    black = scanned(paper, turn, scale, stretch, lines, rng)
    if damage == "refaxed":
        again = printed(black, lines)
        black = scanned(again, float(rng.normal(0, 0.4)), float(rng.uniform(0.98, 1.0)), 1.0, lines, rng)
    if damage == "header":
        black = headed(black, lines, rng)
    if damage == "lost_rows":
        black = lossy(black, rng)
    if damage == "speckle":
        black = black ^ (rng.random(black.shape) < rng.uniform(0.001, 0.006))
        for _ in range(int(rng.integers(0, 3))):
            black[:, int(rng.integers(0, WIDTH))] = True
    return black


def scanned(paper, turn, scale, stretch, lines, rng):
    """The sheet laid on the glass: turned and scaled about its middle, sampled, thresholded."""
    height = round(DOWN / 25.4 * lines)
    over = 2
    w, h = WIDTH * over, height * over
    sx, sy = PX * 25.4 / (ACROSS * over), PX * 25.4 / (lines * over)
    angle = np.radians(turn)
    middle = np.array([paper.shape[1] / 2 + rng.normal(0, 0.8) * PX, paper.shape[0] / 2 + rng.normal(0, 0.8) * PX])
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = (
        cos * sx, sin * sy, middle[0] - cos * sx * w / 2 - sin * sy * h / 2,
        -sin * sx * stretch, cos * sy * stretch, middle[1] + sin * sx * stretch * w / 2 - cos * sy * stretch * h / 2,
    )  # fmt: skip
    soft = ndimage.uniform_filter(paper, (max(1, round(sy)), max(1, round(sx))))
    picture = Image.fromarray((soft * 255).astype(np.uint8))
    big = picture.transform((w, h), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=0)
    gray = np.asarray(big.resize((WIDTH, height), Image.Resampling.BOX), np.float32) / 255
    gray = ndimage.gaussian_filter(gray, (rng.uniform(0.1, 0.45), rng.uniform(0.2, 0.6)))
    gray += rng.normal(0, rng.uniform(0.02, 0.08), gray.shape).astype(np.float32)
    return gray > rng.uniform(0.36, 0.54)


def printed(black, lines):
    """A received fax printed on paper for the next one."""
    size = (round(WIDTH / ACROSS * 25.4 * PX), round(black.shape[0] / lines * 25.4 * PX))
    picture = Image.fromarray((black * 255).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    return np.asarray(picture, np.float32) / 255


def headed(black, lines, rng):
    """The sender's line, over the top rows or on top of them."""
    mm = lines / 25.4
    band = Image.new("L", (WIDTH, 64))
    font = ImageFont.truetype(font_file("ipaexg"), 22)
    text = f"2026-11-25 {rng.integers(8, 19):02}:{rng.integers(0, 60):02}   FROM 0586-25-{rng.integers(1000, 9999)}      P.01/01"
    ImageDraw.Draw(band).text((80, 6), text, fill=255, font=font)
    rows = np.asarray(band.crop((0, 0, WIDTH, 34)).resize((WIDTH, max(6, round(4.2 * mm)))), np.uint8) > 110
    if rng.random() < 0.5:
        return np.concatenate([rows, black])
    black = black.copy()
    black[: len(rows)] = rows
    return black


def lossy(black, rng):
    rows = list(range(len(black)))
    for _ in range(int(rng.integers(3, 13))):
        del rows[int(rng.integers(0, len(rows)))]
    for _ in range(int(rng.integers(0, 6))):
        at = int(rng.integers(0, len(rows)))
        rows.insert(at, rows[at])
    black = black[rows].copy()
    at = int(rng.integers(200, len(black) - 40))
    black[at : at + int(rng.integers(1, 4))] = False
    return black


CODERS = [["-c", "g3:1d"], ["-c", "g3:2d"], ["-c", "g4"], ["-c", "g4", "-f", "lsb2msb"], ["-c", "g3:1d", "-r", "64"]]


def coded(black, lines, path, number):
    """Writes the page by libtiff's own coders, every other one as a PDF; returns the file."""
    plain = Path(path).with_suffix(".plain.tif")
    # libtiff's tag 262 = 0: 0 is white, as fax coders want it.
    Image.fromarray(~black).convert("1").save(plain, dpi=(ACROSS, lines))
    coder = CODERS[number % len(CODERS)]
    tiff = Path(path).with_suffix(".tif")
    subprocess.run(["tiffcp", *coder, plain, tiff], check=True, stderr=subprocess.DEVNULL)
    plain.unlink()
    if number % 2 == 0:
        return tiff
    pdf = Path(path).with_suffix(".pdf")
    subprocess.run(["tiff2pdf", "-o", pdf, tiff], check=True, stderr=subprocess.DEVNULL)
    tiff.unlink()
    return pdf
