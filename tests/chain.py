"""A chain's centre of the tests' own: three brokers on config/chain as it stands, with other values for node.env."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from sensor_hub.bus import Centre, find_binary
from tests.servers import BOOT_S, free_port, wait_for

EXAMPLES = Path(__file__).parents[1] / "config" / "chain"
NODES = ("a", "b", "c")
_PORTS = ("CLIENTS", "ROUTES", "LEAVES", "MQTT", "MONITOR")


def variables() -> dict[str, str]:
    """Of the example node.env."""
    lines = (EXAMPLES / "node.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Brokers:
    """hosts: each node's address; prefix: what comes before each node's command, such as a network namespace; examples:
    folder of node.conf."""

    def __init__(
        self,
        folder: Path,
        hosts: Sequence[str] = ("127.0.0.1",) * 3,
        prefix: Mapping[str, Sequence[str]] | None = None,
        examples: Path = EXAMPLES,
    ) -> None:
        self._folder, self._prefix, self._examples = folder, prefix or {}, examples
        self._hosts = dict(zip(NODES, hosts, strict=True))
        self._ports = {(node, port): free_port() for node in NODES for port in _PORTS}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        script = [str(EXAMPLES / "certificates.sh"), *sorted(set(hosts))]
        subprocess.run(script, cwd=folder, check=True, capture_output=True)

    def start(self) -> None:
        for node in NODES:
            self.start_node(node)
        wait_for(lambda: all(self._is_well(node) for node in NODES), BOOT_S, self._last_words)

    def stop(self) -> None:
        for node in list(self._running):
            self.end_node(node, signal.SIGKILL)

    def start_node(self, node: str) -> None:
        command = [*self._prefix.get(node, ()), str(find_binary()), "-c", str(self._examples / "node.conf")]
        with (self._folder / f"{node}.log").open("ab") as log:
            self._running[node] = subprocess.Popen(
                command, env=os.environ | self._environment(node), stdout=log, stderr=log
            )

    def end_node(self, node: str, how: signal.Signals) -> None:
        process = self._running.pop(node)
        process.send_signal(how)
        process.wait(20)

    def centre(self, user: str, port: str = "CLIENTS") -> Centre:
        """The nodes, for a user of accounts.conf; port: LEAVES for a gym's broker."""
        urls = (f"tls://{user}@{self._hosts[node]}:{self._ports[node, port]}" for node in NODES)
        return Centre(tuple(urls), _password(user), self._folder / "ca.crt")

    def mqtt(self, user: str, nodes: str) -> str:
        places = (f"{self._hosts[node]}:{self._ports[node, 'MQTT']}" for node in nodes)
        return f"mqtts://{user}:{_password(user)}@{','.join(places)}"

    def cpu_s(self) -> float:
        return sum(map(_cpu_s, self._running.values()))

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._running.values()]

    def ports(self, name: str) -> list[int]:
        """CLIENTS, ROUTES or LEAVES of all nodes."""
        return [port for (_, kind), port in self._ports.items() if kind == name]

    @property
    def ca(self) -> Path:
        return self._folder / "ca.crt"

    def _environment(self, node: str) -> dict[str, str]:
        host = self._hosts[node]
        own = {f"CHAIN_{port}": f"{host}:{self._ports[node, port]}" for port in _PORTS}
        routes = (f"nats-route://{self._hosts[one]}:{self._ports[one, 'ROUTES']}" for one in NODES)
        own |= {f"CHAIN_ROUTE_{number}": route for number, route in enumerate(routes, 1)}
        own |= {
            "CHAIN_NODE": node,
            "CHAIN_STORE": str(self._folder / node),
            "CHAIN_ROOM": "1GB",
            "CHAIN_CA": str(self.ca),
            "CHAIN_CERTIFICATE": str(self._folder / f"{host}.crt"),
            "CHAIN_KEY": str(self._folder / f"{host}.key"),
        }
        own |= {name: f"p-{name}" for name in variables() if name.endswith("_PASSWORD")}
        assert own.keys() == variables().keys()
        return own

    def _is_well(self, node: str) -> bool:
        """Only when the node has found the others and knows what they know."""
        try:
            with urllib.request.urlopen(
                f"http://{self._hosts[node]}:{self._ports[node, 'MONITOR']}/healthz", timeout=2
            ) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _last_words(self) -> str:
        return "\n".join((self._folder / f"{node}.log").read_text(errors="replace")[-1000:] for node in NODES)


def _password(user: str) -> str:
    return f"p-CHAIN_{user.upper().replace('-', '_')}_PASSWORD"


class Workers:
    """`sensor-hub chain work` as processes, on worker.toml as it stands but for addresses and paths; as a keeper
    `chain keep` on keeper.toml."""

    def __init__(self, folder: Path, centre: Centre, store_url: str, password: str, role: str = "worker") -> None:
        self._folder, self._role = folder, role
        (folder / ("chain-password" if role == "worker" else f"{role}-password")).write_text(centre.password)
        (folder / "store-password").write_text(password)
        text = (EXAMPLES / f"{role}.toml").read_text()
        text = re.sub(r"urls = .*", f"urls = {json.dumps(centre.urls)}", text)
        text = re.sub(r'url = "postgresql.*', f'url = "{store_url.replace(f":{password}", "")}"', text)
        text = text.replace("/etc/sensor-hub/chain-ca.crt", str(centre.ca)).replace("/etc/sensor-hub", str(folder))
        text = text.replace("/var/lib", str(folder))
        (folder / f"{role}.toml").write_text(text)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, prefix: Sequence[str] = ()) -> None:
        command = [*prefix, sys.executable, "-c", "from sensor_hub.cli import main; main()", "chain"]
        command += ["work" if self._role == "worker" else "keep"]
        with (self._folder / f"{self._role}-{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*command, "--config", str(self._folder / f"{self._role}.toml")], stdout=log, stderr=log
            )

    def is_up(self, name: str) -> bool:
        return "Recording from the stream" in self.words(name)

    def words(self, name: str) -> str:
        return (self._folder / f"{self._role}-{name}.log").read_text(errors="replace")

    def cpu_s(self) -> float:
        return sum(map(_cpu_s, self._running.values()))

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._running.values()]

    def end(self, name: str, how: signal.Signals) -> int:
        """Its exit code."""
        process = self._running.pop(name)
        process.send_signal(how)
        return process.wait(30)

    def stop(self) -> None:
        for name in list(self._running):
            self.end(name, signal.SIGKILL)


def _cpu_s(process: subprocess.Popen[bytes]) -> float:
    """User and system time so far: proc(5), fields 14 and 15 of stat."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
