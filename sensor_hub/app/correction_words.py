"""What was said of a session afterwards, in English, for a terminal."""

from collections.abc import Iterator

from sensor_hub.coach.corrections import Correction, Kind
from sensor_hub.store import SessionRecord

_WORDS = {
    Kind.DISCARD_SET: "discarded",
    Kind.DISCARD_REP: "discarded",
    Kind.SPLIT: "and then split",
    Kind.MERGE: "merged with the next",
    Kind.LIFTER: "given to somebody else, or with another load or leg",
}


def said(record: SessionRecord) -> Iterator[str]:
    """A line for each word that counts, with who and why; sets and reps are called as they were measured."""
    for one in record.corrections:
        if one.revoked is None:
            by = one.made_by or "somebody at the hub's computer"
            why = "" if one.why is None else f": {one.why}"
            yield f"{_what(one)}, by {by}, {one.made.astimezone():%Y-%m-%d %H:%M}{why}"


def _what(one: Correction) -> str:
    if one.kind is Kind.VERSION:
        return f"version {one.version} shown" if one.version else "shown as measured live"
    place = f"set {one.set_number}" + ("" if one.rep_number is None else f" rep {one.rep_number}")
    if one.kind is Kind.FLAGS:
        told = (f"{'' if so else 'not '}{name.replace('_', ' ')}" for name, so in (one.flags or {}).items())
        return f"{place} {', '.join(told)}"
    return f"{place} {_WORDS[one.kind]}"
