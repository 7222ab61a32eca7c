"""One invented record: every field of the form with what is written and the value it stands for."""

from datetime import date, timedelta

import words
from words import of

ERAS = [("令", 2018, date(2019, 5, 1)), ("平", 1988, date(1989, 1, 8)), ("昭", 1925, date(1926, 12, 25)), ("大", 1911, date(1912, 7, 30))]
TODAY = date(2026, 11, 25)
DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"]


class Written:
    """What stands in a field: marked options, letters for cells, or a text; and its value as read."""

    def __init__(self, value, marked=(), cells="", text=""):
        self.value, self.marked, self.cells, self.text = value, list(marked), cells, text


def record(form, split, rng):
    """Fields by key; about one in eight of those that may be empty is."""
    people = [person(split, rng) for _ in range(4)]
    entries = {
        "written_on": era_date(TODAY - timedelta(int(rng.integers(0, 60))), False),
        "pages": number(int(rng.integers(1, 4)), 2),
        "dr_code": digits(damm(pick_digits(3, rng))),
        "addressee": wrote(clinic(split, rng) + people[1][0]),
        "sender_no": digits(mod10w21("237" + pick_digits(6, rng))),
        "sender_name": wrote(rng.choice(of(words.CLINICS, split)) + rng.choice(of(words.OFFICE_KINDS, split))),
        "sender_person": wrote(people[2][0]),
        "sender_tel": digits(phone(rng)),
        "sender_fax": digits("0586" + pick_digits(6, rng)),
        "kana": Written(people[0][1], cells=people[0][1]),
        "name": wrote(people[0][0]),
        "patient_id": digits(damm(pick_digits(6, rng))),
        "insured_no": digits(pick_digits(10, rng)),
        "insurer_no": digits(mod10w21("23" + pick_digits(3, rng))),
        "postal": digits(str(rng.choice(["491", "493", "494"])) + pick_digits(4, rng)),
        "address": wrote("一宮市" + rng.choice(of(words.TOWNS, split)) + street(rng)),
        "tel": digits(phone(rng)),
        "contact_name": wrote(people[3][0]),
        "contact_relation": wrote(rng.choice(of(words.RELATIONS, split))),
        "contact_tel": digits(phone(rng)),
        "cert_from": era_date(date(2025, int(rng.integers(1, 13)), 1), False),
        "cert_to": era_date(date(2027, int(rng.integers(1, 12)) + 1, 1) - timedelta(1), False),
        "disease": wrote("、".join(rng.choice(of(words.DISEASES, split), int(rng.integers(1, 4)), replace=False))),
        "history": wrote("、".join(rng.choice(of(words.DISEASES, split), int(rng.integers(1, 4)), replace=False))),
        "notes": wrote("。".join(rng.choice(of(words.NOTES, split), int(rng.integers(1, 4)), replace=False)) + "。"),
    }
    born = TODAY - timedelta(int(rng.integers(60 * 365, 100 * 365)))
    entries["birth"] = era_date(born, True)
    day = date.fromisoformat(entries["written_on"].value)
    entries["age"] = number(day.year - born.year - ((day.month, day.day) < (born.month, born.day)), 3)
    for field in form["fields"]:
        if field["boxes"] and field["key"] != "birth":
            entries[field["key"]] = marked(field, people[0][2], rng)
    if entries["allergy"].value == "あり":
        entries["allergy_text"] = wrote("、".join(rng.choice(of(words.ALLERGENS, split), 2, replace=False)))
    optional = [f["key"] for f in form["fields"] if not f["required"] and f["key"] in entries]
    for key in optional:
        if rng.random() < 0.12 and key != "allergy_text":
            del entries[key]
    return {key: entry for key, entry in entries.items() if entry.marked or entry.cells or entry.text}


def wrote(text):
    return Written(str(text), text=str(text))


def marked(field, sex, rng):
    options = [b["option"] for b in field["boxes"]]
    if field["type"] == "check":
        return Written(True, options) if rng.random() < 0.5 else Written(None)
    if field["key"] == "sex":
        return Written(sex, [sex])
    if field["type"] == "choice":
        one = str(rng.choice(options))
        return Written(one, [one])
    if "なし" in options and rng.random() < 0.4:
        return Written(["なし"], ["なし"])
    free = [o for o in options if o != "なし"]
    chosen = set(rng.choice(free, int(rng.integers(1, min(4, len(free)) + 1)), replace=False))
    kept = [o for o in options if o in chosen]
    return Written(kept, kept)


def person(split, rng):
    surname, surname_kana = str(rng.choice(of(words.SURNAMES, split))).split()
    given, given_kana, sex = str(rng.choice(of(words.GIVEN, split))).split()
    return surname + given, f"{surname_kana} {given_kana}", sex


def clinic(split, rng):
    return str(rng.choice(of(words.CLINICS, split))) + str(rng.choice(of(words.CLINIC_KINDS, split)))


def street(rng):
    return "-".join(str(rng.integers(1, 90)) for _ in range(int(rng.integers(2, 4))))


def pick_digits(count, rng):
    return "".join(str(d) for d in rng.integers(0, 10, count))


def phone(rng):
    head = str(rng.choice(["0586", "0586", "0587", "052", "090", "080", "070"]))
    return head + pick_digits((11 if head in ("090", "080", "070") else 10) - len(head), rng)


def digits(text):
    return Written(text, cells=text)


def number(value, cells):
    return Written(value, cells=f"{value:>{cells}}")


def era_date(day, boxed):
    name, base = next((name, base) for name, base, first in ERAS if day >= first)
    return Written(day.isoformat(), [name] if boxed else [], f"{day.year - base:02}{day.month:02}{day.day:02}")


def damm(body):
    state = 0
    for digit in body:
        state = int(DAMM[state][int(digit)])
    return body + str(state)


def mod10w21(body):
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return body + str(-total % 10)
