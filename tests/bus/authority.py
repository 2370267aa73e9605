"""The authority and the certificates of docs/mqtt.md, made by its own lines."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

PAGE = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text()
BROKER = "localhost"
"""In place of the page's broker.local."""


def blocks(language: str, having: str) -> list[str]:
    """The page's code blocks of a language that have a word."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [block for block in found if having in block]


class Authority:
    """A folder with ca.crt, localhost.crt, hub.crt and their keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (script,) = blocks("sh", "openssl")
        script = script.replace("broker.local", BROKER)
        subprocess.run(["bash", "-e", "-c", script], cwd=folder, check=True, capture_output=True)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @cached_property
    def stranger(self) -> "Authority":
        """Another one."""
        return Authority(self.folder / "stranger")

    def files(self, name: str) -> tuple[Path, Path]:
        """Certificate and key."""
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def outdate(self, name: str) -> None:
        """The same certificate, signed again as one that has expired."""
        issued, _ = self.files(name)
        old = x509.load_pem_x509_certificate(issued.read_bytes())
        signer = load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            old.issuer,
            old.subject,
            old.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=30),
            now - timedelta(days=1),
            list(old.extensions),
        )
        issued.write_bytes(builder.sign(signer, SHA256()).public_bytes(Encoding.PEM))
