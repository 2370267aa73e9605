"""One synchronous write to an InfluxDB v2 API, and what its answer means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from urllib3 import exceptions as http

from sensor_hub.errors import StoreError

TAKEN = 204
"""What every InfluxDB and VictoriaMetrics answers to a write. Another 2xx is somebody else's page."""
_WRONG = frozenset({400, 413, 422})
_BUSY = frozenset({429, 503})
_TOO_OLD = "beyond retention policy"
"""InfluxDB 1 and 2 say so when they have written everything but what their bucket no longer keeps."""
_LONGEST_WAIT_S = 600.0


@dataclass(frozen=True, slots=True)
class InfluxTarget:
    """ca_file: the authority to trust instead of the usual ones, PEM."""

    url: str
    token: str
    org: str
    bucket: str
    ca_file: Path | None = None
    timeout_s: float = 10.0

    @property
    def shown(self) -> str:
        """For people: without a login that the address may carry."""
        return re.sub(r"//[^/]*@", "//", self.url)


class NotTakenError(StoreError):
    """What may pass by itself, or by setting things right. retry_after_s: so long the server wants to be left alone."""

    def __init__(self, sentence: str, retry_after_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Answer:
    """refusal: why the server calls the lines wrong; None when it has taken them. too_old: how it put that its bucket
    does not keep lines as old as some of these; it has taken the others."""

    refusal: str | None = None
    too_old: str | None = None


class InfluxServer:
    def __init__(self, target: InfluxTarget) -> None:
        """Nothing is sent yet. The client library is loaded only here: it takes most of a second."""
        from influxdb_client import InfluxDBClient
        from influxdb_client.rest import ApiException
        from influxdb_client.service.write_service import WriteService

        self._target = target
        self._failure = ApiException
        self._client = InfluxDBClient(
            target.url,
            target.token,
            org=target.org,
            timeout=int(target.timeout_s * 1000),
            retries=False,
            ssl_ca_cert=None if target.ca_file is None else str(target.ca_file),
        )
        self._writer = WriteService(self._client.api_client)

    def write(self, lines: Sequence[str]) -> Answer:
        """Whether the server has taken the lines, or calls one wrong. Raises NotTakenError for everything else."""
        try:
            _, status, _ = self._writer.post_write_with_http_info(
                self._target.org, self._target.bucket, "\n".join(lines).encode(), precision="ns"
            )
        except self._failure as error:
            return self._judge(error.status, _text(error.body or error.reason), error.headers or {})
        except UnicodeDecodeError as error:
            raise self._not_taken("answers in no language of an InfluxDB: is influx.url right?") from error
        except (http.HTTPError, OSError) as error:
            raise self._not_taken(self._unreachable(error)) from error
        if status != TAKEN:
            raise self._not_taken(f"answers {status} where an InfluxDB says {TAKEN}: is influx.url right?")
        return Answer()

    def close(self) -> None:
        self._client.close()

    def _judge(self, status: int, text: str, headers: Mapping[str, Any]) -> Answer:
        if status in _WRONG and _TOO_OLD in text:
            return Answer(too_old=text)
        if status in _WRONG:
            return Answer(refusal=f"{status} {text}".strip())
        retry_after_s = _seconds(headers.get("Retry-After")) if status in _BUSY else 0.0
        raise self._not_taken(self._reason(status, text, headers), retry_after_s)

    def _reason(self, status: int, text: str, headers: Mapping[str, Any]) -> str:
        target = self._target
        if status == 0:
            return self._tls_reason(text)
        if status in (401, 403):
            asked = "refuses the token" if target.token else "wants a token"
            return (
                f"{asked} ({status}). Make one that may write to the bucket {target.bucket!r}, and put it into "
                "SENSOR_HUB_INFLUX_TOKEN or influx.token_file."
            )
        if status in (404, 405) and "bucket" not in text and "organization" not in text:
            return f"knows no writes of version 2 ({status}). Check influx.url; an InfluxDB before 1.8 cannot be used."
        if status == 404:
            return (
                f"has no bucket {target.bucket!r} in the organisation {target.org!r}, or hides it from this token. "
                "Make it, or set influx.bucket and influx.org."
            )
        if 300 <= status < 400:
            return f"has moved ({status}). Set influx.url to {headers.get('Location', 'its new address')}."
        if status in _BUSY:
            return f"is too busy ({status} {text}). It is left alone for a while."
        return f"has a fault ({status} {text}). Look into its log."

    def _unreachable(self, error: Exception) -> str:
        match error:
            case http.LocationValueError():
                return "is no address. Set influx.url to one such as http://127.0.0.1:8086."
            case http.NameResolutionError():
                return "cannot be found: no computer is called so. Check influx.url and the network's DNS."
            case http.NewConnectionError():
                return "cannot be reached. Is it running, and is the port in influx.url right?"
            case http.TimeoutError():
                return f"has not answered within {self._target.timeout_s:g} s. Is it overloaded, or stopped?"
        return f"broke off ({error}). Is it being restarted?"

    def _tls_reason(self, text: str) -> str:
        if "CERTIFICATE_VERIFY_FAILED" in text:
            why = re.search(r"certificate verify failed: ([^(]+)", text)
            said = f" ({why[1].strip()})" if why else ""
            return (
                f"has a certificate that is not trusted{said}. Set influx.ca_file to the authority's certificate."
            )
        if "WRONG_VERSION_NUMBER" in text or "RECORD_LAYER_FAILURE" in text:
            return "does not speak TLS. Write http:// in influx.url, or give it a certificate."
        if self._target.ca_file is not None and not self._target.ca_file.is_file():
            return f"cannot be asked: influx.ca_file names {self._target.ca_file}, and there is no such file."
        return f"and this computer cannot agree on TLS ({text.splitlines()[-1] if text else 'no reason given'})."

    def _not_taken(self, reason: str, retry_after_s: float = 0.0) -> NotTakenError:
        return NotTakenError(f"The time-series server {self._target.shown} {reason}", retry_after_s)


def _text(body: object) -> str:
    return str(body or "").strip()[:300]


def _seconds(retry_after: object) -> float:
    """Of a Retry-After header; one with a date, or with nonsense, counts as none."""
    text = str(retry_after or "").strip()
    return min(float(text), _LONGEST_WAIT_S) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0
