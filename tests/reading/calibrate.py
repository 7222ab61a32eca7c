"""Fits what evidence is worth: `ocr/models/calibration.json`, from faxes of the calibration split.

For every class of evidence a logistic model gives the probability that a value is right. The bounds are then chosen on
probabilities that were predicted without the writer's face: fields are decided in the order in which readers are asked,
and the bounds of all classes are lowered together, as long as wrong among all sure fields, boxes included, stays within
the budget, and wrong among those of each class within CLASS times the budget.
"""

import argparse
import json
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

import corpus
from truth import is_right, pages, tagged

BUDGETS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05]
CLASS = 5
RIDGE = 1.0
# More of these never speak for a value, or never against it: a fit that says otherwise has seen chance.
AGAINST = {"standard", "length", "doubts", "gap", "outnumbered", "line_opposes", "weak_opposes"}


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    corpus.add_arguments(ask)
    ask.add_argument("--observe", default="target/debug/examples/observe", help="the built example")
    ask.add_argument("--model", default="models/ppocrv6_rec.onnx")
    ask.add_argument("--pages", type=int, default=10)
    ask.add_argument("--write", default="ocr/models/calibration.json")
    options = ask.parse_args()
    folder = corpus.make(options, "calibration", options.pages)
    rows = decisions(observe(options, folder), pages(folder))
    models = {name: fit(part) for name, part in by_class(rows).items()}
    predict_without_own_face(rows)
    bounds = bounds_of(rows)
    classes = {name: {**model, "bounds": bounds[name.removesuffix("-alone")]} for name, model in models.items()}
    made = {"made": date.today().isoformat(), "pages": len(pages(folder)), "rows": len(rows), "classes": classes}
    Path(options.write).write_text(json.dumps(made, indent=1) + "\n")
    report(rows, bounds)


def observe(options, folder):
    """Everything all readers saw on all pages, two processes at a time."""
    files = sorted(str(Path(folder, name)) for name in pages(folder))
    command = [options.observe, options.model, "config/forms/icm-01.toml"]
    halves = [files[0::2], files[1::2]]
    with ThreadPoolExecutor(2) as pool:
        outputs = pool.map(lambda part: subprocess.run([*command, *part], check=True, stdout=subprocess.PIPE).stdout, halves)
        return [json.loads(line) for output in outputs for line in output.splitlines()]


def decisions(seen, truth):
    """A row for every decision about a written field."""
    rows = []
    for number, field in enumerate(seen):
        page = truth[Path(field["file"]).name]
        written = page["fields"].get(field["key"], {}).get("value")
        for place, decision in enumerate(field["decisions"]):
            if decision["class"] is None:
                continue
            rows.append({
                "field": number, "place": place, "class": decision["class"], "kind": decision["class"].removesuffix("-alone"),
                "face": page["face"], "hand": page["hand"], "resolution": page["resolution"],
                "features": decision["features"], "right": is_right(tagged(decision["value"]), written),
                "value": tagged(decision["value"]), "written": written,
            })  # fmt: skip
    return rows


def by_class(rows):
    classes = defaultdict(list)
    for row in rows:
        classes[row["class"]].append(row)
    return classes


def fit(rows):
    """Bias and weights of a ridge logistic regression whose signs are held where sense demands it."""
    names = list(rows[0]["features"])
    x = np.array([[row["features"][name] for name in names] for row in rows])
    y = np.array([row["right"] for row in rows], float)
    middle, spread = x.mean(0), x.std(0) + 1e-6
    z = (x - middle) / spread

    def loss(w):
        s = z @ w[1:] + w[0]
        error = 1 / (1 + np.exp(-s)) - y
        value = np.logaddexp(0, s).sum() - (y * s).sum() + RIDGE * (w[1:] ** 2).sum() / 2
        return value, np.concatenate([[error.sum()], z.T @ error + RIDGE * w[1:]])

    limits = [(None, None)] + [(None, 0) if name in AGAINST else (0, None) for name in names]
    w = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=limits).x
    weights = w[1:] / spread
    return {"bias": round(float(w[0] - weights @ middle), 4), "weights": {n: round(float(v), 4) for n, v in zip(names, weights)}}


def probability(model, features):
    s = model["bias"] + sum(model["weights"][name] * x for name, x in features.items())
    return float(1 / (1 + np.exp(-np.clip(s, -30, 30))))


def predict_without_own_face(rows):
    """Sets `p` of every row by a model that has not seen the face it is written in."""
    for part in by_class(rows).values():
        for face in {row["face"] for row in part}:
            model = fit([row for row in part if row["face"] != face])
            for row in part:
                if row["face"] == face:
                    row["p"] = probability(model, row["features"])


def decided(rows, bound):
    """For every field that is sure at some decision, the first such row."""
    first = {}
    for row in rows:
        if row["p"] >= bound:
            first.setdefault(row["field"], row)
    return list(first.values())


def bounds_of(rows):
    """For each class the bound at every budget: lowered step by step where that makes most fields sure for the errors it lets in."""
    steps = {kind: ladder([row for row in rows if row["kind"] == kind]) for kind in sorted({row["kind"] for row in rows})}
    found = {kind: [] for kind in steps}
    at = dict.fromkeys(steps, 0)
    for budget in BUDGETS:
        while True:
            ahead = [(gain(steps[kind], at[kind], next_), kind, next_) for kind in steps for next_ in range(at[kind] + 1, len(steps[kind])) if fits(steps, {**at, kind: next_}, kind, budget)]
            if not ahead:
                break
            _, kind, at[kind] = max(ahead)
        for kind in steps:
            if at[kind]:
                found[kind].append([budget, steps[kind][at[kind]][0]])
    return found


def ladder(rows):
    """(bound, sure, wrong) from nothing sure downwards."""
    grid = np.unique(np.concatenate([np.linspace(0.80, 0.99, 39), 1 - np.geomspace(0.01, 0.0002, 30)]))[::-1]
    steps = [(1.0, 0, 0)]
    for bound in grid:
        sure = decided(rows, bound)
        steps.append((round(float(bound), 5), len(sure), sum(not row["right"] for row in sure)))
    return steps


def gain(steps, here, there):
    return (steps[there][1] - steps[here][1]) / (steps[there][2] - steps[here][2] + 0.1)


def fits(steps, at, kind, budget):
    """Whether wrong among sure stays within the budget; half an error more than seen is reckoned with."""
    _, own_sure, own_wrong = steps[kind][at[kind]]
    sure = sum(steps[k][at[k]][1] for k in steps)
    wrong = sum(steps[k][at[k]][2] for k in steps)
    # Fields of boxes are two for three of the others, and hardly ever wrong.
    return own_wrong + 0.5 <= CLASS * budget * own_sure and wrong + 0.5 <= budget * sure * 5 / 3


def report(rows, bounds):
    """Sure share and errors at the default budget, per class and kind of page."""
    for kind, steps in bounds.items():
        bound = next((p for budget, p in steps if budget == 0.002), None)
        print(kind, steps)
        if bound is None:
            continue
        for hand in ("printed", "hand"):
            for resolution in ("fine", "standard"):
                part = [r for r in rows if (r["kind"], r["hand"], r["resolution"]) == (kind, hand, resolution)]
                sure = decided(part, bound)
                fields = len({r["field"] for r in part})
                wrong = [r for r in sure if not r["right"]]
                print(f"  {hand} {resolution}: {fields} fields, sure {len(sure) / max(fields, 1):.1%}, wrong {len(wrong)}", [(r["value"], r["written"]) for r in wrong][:4])


if __name__ == "__main__":
    main()
