"""MicroPython's `bluetooth.BLE`, as far as a peripheral needs it, for a computer: a line of JSON over a loopback
socket for each call, and one for each event. The other end is bridge.py, which has a (virtual) radio.

Like the real one it takes a few notifications only until the radio has sent them, and then says ENOMEM.
"""

import asyncio
import errno
import json
import os
import socket

_BUFFERS = 6


class UUID:
    def __init__(self, value):
        self.text = value if isinstance(value, str) else f"{value:04X}"


class BLE:
    def active(self, on):
        self._socket = socket.socket()
        port = int(os.getenv("BRIDGE_PORT"))
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        self._free = _BUFFERS
        self._values = {}
        self._listening = asyncio.create_task(self._listen())

    def irq(self, handler):
        self._handler = handler

    def config(self, *asked, **settings):
        if asked == ("mac",):
            return 0, b"\xf0\x5e\x00\x00\x00\x07"
        return self._say("config", **settings)

    def gatts_register_services(self, services):
        told = [(service.text, [(uuid.text, flags) for uuid, flags in parts]) for service, parts in services]
        self._say("register", services=told)
        handle, handles = 0, []
        for _, parts in services:
            handles.append(tuple(range(handle, handle + len(parts))))
            handle += len(parts)
        return handles

    def gatts_write(self, handle, value):
        self._values[handle] = bytes(value)
        self._say("write", handle=handle, value=bytes(value).hex())

    def gatts_read(self, handle):
        return self._values.get(handle, b"")

    def gatts_notify(self, connection, handle, value):
        self._take_buffer()
        self._say("notify", connection=connection, handle=handle, value=bytes(value).hex())

    def gatts_indicate(self, connection, handle):
        self._take_buffer()
        self._say("indicate", connection=connection, handle=handle, value=self._values[handle].hex())

    def gap_advertise(self, interval_us, adv_data=b"", resp_data=b""):
        self._say("advertise", interval_us=interval_us, said=adv_data.hex(), answered=resp_data.hex())

    def _take_buffer(self):
        if self._free == 0:
            raise OSError(errno.ENOMEM)
        self._free -= 1

    def _say(self, call, **arguments):
        arguments["call"] = call
        line = json.dumps(arguments).encode() + b"\n"
        while line:
            line = line[self._socket.send(line) :]

    async def _listen(self):
        stream = asyncio.StreamReader(self._socket)
        while line := await stream.readline():
            event = json.loads(line)
            if event["event"] == "sent":
                self._free += 1
                continue
            data = tuple(event["data"])
            if event["event"] == 2:
                self._free = _BUFFERS
            if event["event"] == 3:
                self._values[data[1]] = bytes.fromhex(event["value"])
            self._handler(event["event"], data)
        raise SystemExit
