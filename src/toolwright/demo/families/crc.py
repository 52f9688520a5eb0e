"""CRC-32 of a short text: hundreds of bit operations, of which one wrong spoils all."""

import zlib

from toolwright.demo.families.base import Draw, Question, wordings

SHORTEST, LONGEST = 28, 60

SUBJECTS = ("Crate", "Batch", "Locker", "Ticket", "Invoice", "Sensor", "Pallet", "Seat", "Parcel", "Meter")
VERBS = ("moved to", "checked by", "sold to", "returned from", "held for", "sent with", "opened near", "marked for")
PLACES = (
    "Dock 9",
    "the east gate",
    "Lisbon",
    "night shift",
    "J. Okafor",
    "Hall B",
    "the lab",
    "Ms. Lind",
    "Platform 4",
)
ENDINGS = ("", "; ok", " (urgent)", ", twice", " - see note", ": 07:45", " / copy", " @ 12.5 kg", " #2", "!")


def questions(draw: Draw, count: int) -> list[Question]:
    """Texts of 28 to 60 characters, each with a wording of its own while they last."""
    templates = draw.shuffled(wordings("crc"))
    texts = [_text(draw) for _ in range(count)]
    return [
        Question(templates[k % len(templates)].format(text=text), f"{zlib.crc32(text.encode('ascii')):08x}")
        for k, text in enumerate(texts)
    ]


def _text(draw: Draw) -> str:
    while True:
        number = draw.between(100, 99_999)
        text = f"{draw.pick(SUBJECTS)} {number} {draw.pick(VERBS)} {draw.pick(PLACES)}{draw.pick(ENDINGS)}"
        if SHORTEST <= len(text) <= LONGEST:
            return text
