"""Why a broker cannot be used, as a sentence that says what to do."""

import ssl

from sensor_hub.bus.address import BrokerAddress, MqttVersion, TlsFiles
from sensor_hub.errors import BusError

_WRONG_LOGIN = ("Bad user name or password", "Not authorized")
_WRONG_VERSION = "Unsupported protocol version"
_EXPIRED, _NOT_YET, _OTHER_HOST = 10, 9, (62, 64)
"""X509_V_ERR_CERT_HAS_EXPIRED, _CERT_NOT_YET_VALID, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH of OpenSSL's
x509_vfy.h; everything else is a chain that does not end at a known authority."""


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Raises BusError where a file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=files.ca)
    except (OSError, ssl.SSLError) as error:
        raise BusError(f"mqtt.ca {files.ca} is no certificate in PEM that can be read ({_why(error)}).") from error
    if files.certificate is not None:
        try:
            context.load_cert_chain(files.certificate, files.key, password=_ask_nobody)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise BusError(
                f"mqtt.certificate {files.certificate} and mqtt.key {files.key} cannot be used ({_why(error)}). Both "
                "must be PEM, belong together, and the key must have no password."
            ) from error
    return context


def unreachable(address: BrokerAddress, error: BaseException | None = None) -> str:
    """error: what the attempt to connect ended with."""
    where = address.place
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrusted(address, error)
    if isinstance(error, ssl.SSLError) or (address.encrypted and isinstance(error, ConnectionResetError)):
        plain = "ws" if address.over_websocket else "mqtt"
        return (
            f"{where} answers, but does not speak TLS ({_why(error)}). Name the broker's port for TLS, or write "
            f"{plain}:// if it has none."
        )
    if error is not None and type(error).__module__.startswith("paho"):
        tls = "" if address.encrypted else "If it speaks TLS there, write wss://. "
        return (
            f"{where} answers, but not as a WebSocket for MQTT at the path {address.path}. {tls}Correct the port or "
            "the path; without WebSocket the address begins with mqtt:// or mqtts://."
        )
    return (
        f"No broker answers at {where}. Start it, or correct the address; "
        "without an address the hub runs a broker of its own."
    )


def hung_up(address: BrokerAddress, alert: str = "") -> str:
    """The broker ended the connection before it answered. alert: what TLS said then, if anything."""
    where = address.place
    if "CERTIFICATE_REQUIRED" in alert or "HANDSHAKE_FAILURE" in alert:
        return (
            f"The broker at {where} asks its clients for a certificate: set mqtt.certificate and mqtt.key to one that "
            "its authority has signed."
        )
    if "ALERT" in alert:
        return (
            f"The broker at {where} refused this computer's certificate ({alert}). Check that its authority has "
            "signed mqtt.certificate and that it has not expired."
        )
    advice = (
        "If it asks for certificates, set mqtt.certificate and mqtt.key"
        if address.encrypted
        else f"If it speaks TLS there, write {'wss' if address.over_websocket else 'mqtts'}://"
    )
    return f"{where} ends the connection without an answer. {advice}; otherwise look into the broker's log."


def refusal(address: BrokerAddress, reason: str) -> str:
    where = address.place
    if reason in _WRONG_LOGIN:
        who = f"user {address.user!r}" if address.user else "a client without a login"
        return f"The broker at {where} refused {who}: check the name and the password."
    if reason == _WRONG_VERSION and address.version is MqttVersion.V5:
        return f'The broker at {where} does not speak MQTT 5: set mqtt.version = "{MqttVersion.V3}".'
    return f"The broker at {where} refused the connection: {reason}."


def _distrusted(address: BrokerAddress, error: ssl.SSLCertVerificationError) -> str:
    whose = f"The certificate of the broker at {address.place}"
    if error.verify_code == _EXPIRED:
        return f"{whose} has expired. Renew it at the broker; if it has not, this computer's date is wrong."
    if error.verify_code == _NOT_YET:
        return f"{whose} is not valid yet. Set this computer's date, or wait."
    if error.verify_code in _OTHER_HOST:
        return (
            f"{whose} is made out to another name than {address.host}. Write one of its names into mqtt.url, or make "
            "a certificate for this one (subjectAltName)."
        )
    return (
        f"{whose} is signed by nobody this computer trusts ({error.verify_message}). Name the certificate of its "
        "authority as mqtt.ca."
    )


def _why(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _ask_nobody() -> str:
    """A key with a password would otherwise be asked for at the terminal."""
    return ""
