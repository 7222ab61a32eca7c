"""Makes docs/performance.md of the figures in docs/performance.json and the words in tests/bench/performance.md.

    page.py                          writes the page
    page.py --take NAME... --load N  takes in target/bench/NAME.json first, for each part that was measured
    page.py --check                  fails if the page is not what the figures make

What stands in {{ }} in the words is a Python expression over the parts and the functions below.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("performance.md")


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--take", nargs="+", default=[], metavar="NAME")
    ask.add_argument("--load", type=float, default=0.0, help="load average of the machine before the measurement")
    ask.add_argument("--note", help="what else there is to know of the measurement: a sentence without its full stop")
    ask.add_argument("--check", action="store_true")
    ask.add_argument("--docs", type=Path, default=ROOT / "docs")
    options = ask.parse_args()
    figures, page = options.docs / "performance.json", options.docs / "performance.md"
    parts = json.loads(figures.read_text())
    if options.check:
        return 0 if page.read_text() == written(parts) else f"{page} is not what {figures} makes: run {__file__}"
    for name in options.take:
        take(parts, name, {"load": options.load, "note": options.note})
    figures.write_text(json.dumps(parts, indent=2, sort_keys=True) + "\n")
    page.write_text(written(parts))
    print(page)


def take(parts, name, told):
    """A part that was not measured keeps its figures."""
    new = ROOT / "target/bench" / f"{name}.json"
    if new.exists():
        day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        parts[name] = {"figures": json.loads(new.read_text()), "measured": {"commit": commit(), "on": day, **told}}


def commit():
    def git(*words):
        return subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, text=True)

    changed = git("diff", "--quiet", "HEAD", "--", ".", ":!docs").returncode
    return git("rev-parse", "--short", "HEAD").stdout.strip() + (" and changes" if changed else "")


def written(parts):
    names = {name: SimpleNamespace(**part["figures"], measured=part["measured"]) for name, part in parts.items()}
    names |= {f.__name__: f for f in (count, held, lanes, megabytes, milliseconds, seconds, when)}
    names["misses"] = "\n".join(f"- {miss}" for miss in misses(names)) or "Nothing."
    return re.sub(r"\{\{(.+?)\}\}", lambda found: str(eval(found[1], dict(names))), WORDS.read_text())


def misses(names):
    """One line for each aim that the figures do not reach."""
    p = SimpleNamespace(**names)
    one = p.delivery.lanes[0]
    for what, found, wanted in (
        ("Reading, times OCRmyPDF", p.reading.kasasagi / p.reading.ocrmypdf, 5),
        ("Delivery over one connection, of smtp-source", max(over(one["outbox"], one["smtp_source"])), 0.5),
        ("View made anew, events a second", p.store.rebuilt_a_second, 100_000),
        ("`audit verify` as a whole, of `sha256sum`", p.store.sha256sum_s / p.store.verify_s, 0.5),
        ("Soak, sheets at once", p.faxes.together, 2_000),
        ("Soak, mails without a document", p.memory.mails, 10_000),
    ):
        if found < wanted:
            yield f"{what}: {count(found)}; {count(wanted)} wanted."
    growth = p.memory.quarters_mb[3] / p.memory.quarters_mb[1]
    if growth > 1.02:
        yield f"Memory over {count(p.memory.mails)} mails, last quarter over second: {growth:.3f}; at most 1.02 wanted."


def count(number):
    """Whole above 20, else with what matters of the rest."""
    return f"{number:,.0f}" if number > 20 or number == round(number) else f"{number:.2f}"


def over(ours, theirs):
    return [our / their for our, their in zip(ours, theirs)]


def spread(values, places=2):
    least, most = (f"{value:,.{places}f}" for value in (min(values), max(values)))
    return least if least == most else f"{least}–{most}"


def when(part):
    """When a part was measured, as the line below its table says."""
    told = part.measured
    load = "" if told["load"] is None else f", load before {told['load']:.1f}"
    note = f" {told['note']}." if told["note"] else ""
    return f"Measured {told['on']} at {told['commit']}{load}.{note}"


def lanes(part):
    """The rows of the delivery's table: spreads over the rounds."""
    rows = []
    for lane in part.lanes:
        ours, fresh, kept = lane["outbox"], lane["smtp_source"], lane["smtp_source_kept"]
        cells = f"{spread(ours, 0)}/s", f"{spread(fresh, 0)}/s", spread(over(ours, fresh)), spread(over(ours, kept))
        rows.append(f"| {lane['connections']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def held(part):
    """How many faxes wait for a person, and for which reasons."""
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(part.held_why.items()))
    return f"{part.held} ({why})" if why else f"{part.held}"


def milliseconds(value):
    return f"{value * 1000:.1f} ms"


def seconds(values):
    return ", ".join(f"{value:.2f}" for value in values) + " s"


def megabytes(values):
    return ", ".join(f"{value:.0f}" for value in values) + " MB"


if __name__ == "__main__":
    sys.exit(main())
