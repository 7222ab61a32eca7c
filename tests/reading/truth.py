"""What was written on the pages of a corpus, and whether a value read is that."""

import json
import unicodedata
from pathlib import Path


def pages(folder):
    """The pages of a corpus by file name."""
    return {page["file"]: page for page in json.loads(Path(folder, "truth.json").read_text())["pages"]}


def is_right(read, written):
    """Whether a value as the program gives it is the one written; spaces in free text are nobody's business."""
    return folded(read) == folded(written)


def folded(value):
    if isinstance(value, str):
        return "".join(c for c in unicodedata.normalize("NFKC", value) if not c.isspace())
    return value


def tagged(value):
    """A value in the tagged form of the reader's own JSON, without its tag."""
    return next(iter(value.values())) if isinstance(value, dict) else value
