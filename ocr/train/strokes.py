"""Digits drawn by hand-made strokes: the habits of Japanese writers that MNIST (American) lacks."""

import numpy as np
from PIL import Image, ImageDraw

SIDE = 112  # pixels of a master glyph
UNIT = 80  # pixels of a digit's height in it


def arc(cx, cy, rx, ry, start, end, n=24):
    """Points of an ellipse, in degrees clockwise from the right."""
    a = np.radians(np.linspace(start, end, n))
    return np.stack([cx + rx * np.cos(a), cy + ry * np.sin(a)], 1)


def line(*points):
    return np.array(points, float)


def join(*parts):
    return np.concatenate(parts)


def digit(value, rng):
    """Strokes of a digit in a box about 0.6 wide and 1 high."""
    u = rng.uniform
    lean = u(-0.12, 0.06)
    if value == 0:
        rx, gap = u(0.13, 0.34), u(-30, 25)
        return [arc(0.3, 0.5, rx, 0.5, -80, 280 - gap)]
    if value == 1:
        shape = rng.integers(0, 4)
        if shape == 0:
            return [line((0.3 - lean, 0), (0.3 + lean, 1))]
        if shape == 3:  # the long flag of bold typefaces
            return [line((0.32 - u(0.14, 0.28), u(0.0, 0.16)), (0.32, u(0.0, 0.04)), (0.32, 1))]
        if shape == 1:
            return [line((u(0.1, 0.2), u(0.15, 0.3)), (0.35, 0), (0.33, 1))]
        return [line((0.15, 0.22), (0.32, 0), (0.32, 1)), line((0.1, 1), (0.55, 1))]
    if value == 2:
        top = arc(0.3, 0.27, u(0.22, 0.3), 0.27, -170, u(25, 55))
        if rng.random() < 0.35:
            return [join(top, arc(0.14, 0.88, 0.12, 0.1, -60, -300), line((0.3, 0.9), (0.6, u(0.92, 1.02))))]
        return [join(top, line((0.05, 0.98), (0.6, u(0.93, 1.02))))]
    if value == 3:
        pinch = u(0.15, 0.32)
        if rng.random() < 0.15:
            upper = line((0.06, 0.02), (0.52, 0.02), (pinch, 0.42))
        else:
            upper = join(arc(0.28, 0.23, u(0.2, 0.28), 0.23, -160, 60), line((pinch, 0.46)))
        return [join(upper, arc(0.28, 0.73, u(0.24, 0.32), 0.27, -70, 150))]
    if value == 4:
        stem = u(0.38, 0.48)
        if rng.random() < 0.5:  # closed
            return [join(line((stem, 0), (0.02, 0.66), (0.62, u(0.62, 0.7)))), line((stem, 0 + u(0, 0.3)), (stem + lean / 2, 1))]
        return [line((u(0.08, 0.2), 0.02), (0.03, u(0.5, 0.66)), (0.6, u(0.5, 0.66))), line((stem, u(0.0, 0.4)), (stem + lean / 2, 1))]
    if value == 5:
        belly = arc(0.26, 0.68, u(0.26, 0.34), 0.32, u(-125, -95), u(120, 160))
        down = line((u(0.1, 0.16), 0.03), (u(0.04, 0.12), u(0.4, 0.5)))
        roof = line((u(0.08, 0.2), u(0.0, 0.06)), (u(0.48, 0.62), u(-0.03, 0.05)))
        if rng.random() < 0.3:
            return [join(roof[::-1], down[1:], belly)]
        return [join(down, belly), roof]
    if value == 6:
        ry = u(0.2, 0.29)
        sweep = line((u(0.3, 0.5), 0), (u(0.14, 0.24), 0.25), (0.04, 0.6))
        return [join(sweep, arc(0.3, 1 - ry, u(0.22, 0.29), ry, 180, -u(150, 190)))]
    if value == 7:
        end = (u(0.15, 0.34), 1)
        roof = line((0.03, u(0.0, 0.06)), (u(0.52, 0.6), u(0, 0.05)))
        shape = rng.random()
        if shape < 0.5:  # the hook of the Japanese 7
            hook = line((0.04, u(0.2, 0.34)), (u(0.03, 0.08), u(0.0, 0.05)))
            if rng.random() < 0.5:
                return [join(hook, roof, line(end))]
            return [hook, join(roof, line(end))]
        strokes = [join(roof, line((u(0.3, 0.42), 0.5), end))]
        if shape > 0.85:
            strokes.append(line((0.12, 0.5), (0.5, u(0.46, 0.52))))
        return strokes
    if value == 8:
        rx, cut = u(0.15, 0.24), u(0.4, 0.48)
        if rng.random() < 0.4:
            return [arc(0.3, cut / 2, rx, cut / 2, 0, 360), arc(0.3, (1 + cut) / 2, rx + 0.06, (1 - cut) / 2, 0, 360)]
        t = np.linspace(u(0.0, 0.3), 2 * np.pi + u(-0.2, 0.3), 60)
        return [np.stack([0.3 - (rx + 0.08) * np.sin(2 * t), 0.5 - 0.5 * np.cos(t)], 1)]
    loop = u(0.2, 0.28)
    ring = arc(0.28, loop, u(0.19, 0.27), loop, u(-30, 10), -360)
    tail = rng.random()
    if tail < 0.6:
        return [join(ring, line((0.53, loop * 0.8), (u(0.4, 0.52), 1)))]
    return [join(ring, line((0.53, loop * 0.8), (0.5, 0.72)), arc(0.28, 0.72, 0.23, 0.26, 0, u(90, 150)))]


def draw(strokes, width, rng):
    """A master glyph: ink 1 on 0, strokes given in units of a digit's height."""
    picture = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    low = np.concatenate(strokes).min(0)
    size = np.concatenate(strokes).max(0) - low
    scale = UNIT / max(size.max(), 0.3)
    shift = (SIDE - size * scale) / 2
    radius = max(width / 2, 1)
    for stroke in strokes:
        at = (stroke - low) * scale + shift + rng.normal(0, 1.2, stroke.shape)
        pen.line([tuple(p) for p in at], fill=255, width=max(round(width), 1), joint="curve")
        for x, y in (at[0], at[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture, np.float32) / 255


def scribble(rng):
    """Strokes that mean nothing: zigzags, waves, loops, ticks, dashes."""
    u, kind = rng.uniform, rng.integers(0, 6)
    if kind == 0:
        n = rng.integers(4, 9)
        return [np.stack([np.linspace(0, u(0.4, 0.9), n), np.where(np.arange(n) % 2, 1, 0) * u(0.5, 1) + rng.normal(0, 0.08, n)], 1)]
    if kind == 1:
        t = np.linspace(0, u(3, 6) * np.pi, 90)
        return [np.stack([t * u(0.03, 0.07) + 0.25 * np.cos(t), u(0.2, 0.5) * np.sin(t)], 1)]
    if kind == 2:
        return [rng.random((rng.integers(4, 9), 2)) * (0.7, 1) for _ in range(rng.integers(1, 3))]
    if kind == 3:
        return [line((0, u(0.5, 0.7)), (u(0.15, 0.3), 1), (u(0.6, 0.9), 0))]
    if kind == 4:
        tilt = u(-0.12, 0.12)
        return [line((0, 0), (0.6, tilt)) + (0, i * u(0.2, 0.3)) for i in range(rng.integers(1, 3))]
    return [line((0, 0), (0.7, 1)), line((0.7, 0), (0, u(0.85, 1)))]


def strike(rng):
    """Strokes that strike a digit out; in units of the master glyph's side."""
    u, kind = rng.uniform, rng.integers(0, 4)
    if kind == 0:
        return [line((0.12, u(0.35, 0.65)), (0.88, u(0.35, 0.65))) + (0, 0.1 * i) for i in range(rng.integers(1, 3))]
    if kind == 1:
        return [line((0.2, 0.15), (0.8, 0.85)), line((0.8, 0.15), (0.2, 0.85))]
    if kind == 2:
        n = rng.integers(6, 12)
        return [np.stack([np.linspace(0.2, 0.8, n), np.where(np.arange(n) % 2, u(0.7, 0.85), u(0.15, 0.3))], 1)]
    return [line((0.15, u(0.7, 0.9)), (0.85, u(0.1, 0.3))) + (0, 0.08 * i) for i in range(rng.integers(1, 4))]
