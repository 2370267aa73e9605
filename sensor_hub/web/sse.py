"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""


def encode(event: str, data: str) -> bytes:
    """One event. `data` is one line of JSON."""
    return f"event: {event}\ndata: {data}\n\n".encode()


def beat(live_age_s: float | None) -> bytes:
    """The stream is alive; the machine's newest `live` is this old, None when there was none."""
    return encode("beat", f'{{"live_age_s":{"null" if live_age_s is None else f"{live_age_s:.2f}"}}}')
