"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        super().__init__(content, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def encode(event: str, data: str) -> bytes:
    """One event. `data` is one line of JSON."""
    return f"event: {event}\ndata: {data}\n\n".encode()


def beat(live_age_s: float | None) -> bytes:
    """The stream is alive; the machine's newest `live` is this old, None when there was none."""
    return encode("beat", f'{{"live_age_s":{"null" if live_age_s is None else f"{live_age_s:.2f}"}}}')
