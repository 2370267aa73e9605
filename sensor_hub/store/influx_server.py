"""One synchronous write to an InfluxDB v2 API, and what its answer means."""

from collections.abc import Sequence

from urllib3.exceptions import HTTPError

from sensor_hub.errors import StoreError

_WRONG = frozenset({400, 413, 422})
_REASONS = {
    401: "the token is refused; make one that may write to the bucket",
    403: "the token may not write to the bucket",
    404: "there is no such bucket or organisation, or the address is not that of an InfluxDB",
}


class InfluxServer:
    def __init__(self, url: str, token: str, org: str, bucket: str, timeout_s: float) -> None:
        """Nothing is sent yet. The client library is loaded only here: it takes most of a second."""
        from influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.rest import ApiException

        self._place = f"{url} (bucket {bucket!r})"
        self._org, self._bucket = org, bucket
        self._failure = ApiException
        self._client = InfluxDBClient(url, token, org=org, timeout=int(timeout_s * 1000), retries=False)
        self._writer = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: Sequence[str]) -> str | None:
        """None when the server has taken all lines, its reason when it calls one wrong.

        Raises StoreError for everything that may pass by itself or by setting things right.
        """
        try:
            self._writer.write(self._bucket, self._org, "\n".join(lines).encode())
        except self._failure as error:
            if error.status in _WRONG:
                return f"{error.status} {_text(error.body)}".strip()
            reason = _REASONS.get(error.status, f"it answers {error.status}: {_text(error.body)}")
            raise StoreError(f"InfluxDB at {self._place} takes nothing: {reason}.") from error
        except (HTTPError, OSError) as error:
            raise StoreError(f"InfluxDB at {self._place} cannot be reached: is it running? ({error})") from error
        return None

    def close(self) -> None:
        self._client.close()


def _text(body: object) -> str:
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    return text.strip()[:300]
