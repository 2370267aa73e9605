"""The sled sensor's Bluetooth, on MicroPython's low-level `bluetooth.BLE`.

MicroPython tells neither whether a central has subscribed nor lets a peripheral ask for a connection interval
(micropython issue 7769): the sensor sends nothing before the hub's START, and lives with the interval the hub has.
Events come between any two steps of the program, so they only leave notes here; the main loop acts on them.
"""

import profile

import bluetooth
from micropython import const

_CENTRAL_CONNECT = const(1)
_CENTRAL_DISCONNECT = const(2)
_GATTS_WRITE = const(3)
_MTU_EXCHANGED = const(21)

_READ = const(0x0002)
_WRITE = const(0x0008)
_NOTIFY = const(0x0010)
_INDICATE = const(0x0020)

_SMALLEST_MTU = const(23)
_ADVERTISING_INTERVAL_US = const(152_500)
_MAKER = "sensor-hub"


class Radio:
    """name: as advertised; model, firmware: what Device Information says, with the address as the serial number;
    battery_percent: None where nothing measures it, and then there is no Battery Service."""

    def __init__(self, name, model, firmware, battery_percent):
        self.mtu = _SMALLEST_MTU
        self._connection = None
        self._lost = False
        self._requests = []
        self._ble = bluetooth.BLE()
        self._ble.active(True)
        self._ble.config(gap_name=name, mtu=profile.MTU)
        self._ble.irq(self._on_event)
        self._register(model, firmware, battery_percent)
        self._scan_response = profile.scan_response(name)
        self.say_battery(battery_percent)

    @property
    def connected(self):
        return self._connection is not None

    def take_loss(self):
        """Whether a connection has ended since this was asked last."""
        lost, self._lost = self._lost, False
        return lost

    def take_requests(self):
        """What the hub has written since this was asked last."""
        requests, self._requests = self._requests, []
        return requests

    def say_battery(self, percent):
        """In the Battery Service and, while nobody is connected, in the advertisement."""
        self._advertisement = profile.advertisement(percent)
        if percent is not None:
            self._ble.gatts_write(self._battery, bytes((percent,)))
        if not self.connected:
            self._advertise()

    def show_state(self, state, announce):
        """What the hub reads; announce: tell it at once."""
        self._ble.gatts_write(self._state, state)
        if announce:
            self._send(self._ble.gatts_notify, self._state, state)

    def notify(self, packet):
        """Gives whether the stack took it; where not, try again later."""
        return self._send(self._ble.gatts_notify, self._data, packet)

    def indicate(self, response):
        """The same for the answer to a request."""
        self._ble.gatts_write(self._control, response)
        return self._send(self._ble.gatts_indicate, self._control)

    def _send(self, operation, handle, *value):
        connection = self._connection
        if connection is None:
            return False
        try:
            operation(connection, handle, *value)
        except OSError:  # out of buffers, or the connection has just ended
            return False
        return True

    def _register(self, model, firmware, battery_percent):
        uuid = bluetooth.UUID
        sled = (
            uuid(profile.SERVICE_UUID),
            (
                (uuid(profile.DATA_UUID), _NOTIFY),
                (uuid(profile.CONTROL_UUID), _WRITE | _INDICATE),
                (uuid(profile.STATE_UUID), _READ | _NOTIFY),
            ),
        )
        serial = self._ble.config("mac")[1].hex().upper()
        texts = ((0x2A29, _MAKER), (0x2A24, model), (0x2A25, serial), (0x2A26, firmware))
        information = (uuid(0x180A), tuple((uuid(number), _READ) for number, _ in texts))
        services = [sled, information]
        if battery_percent is not None:
            services.append((uuid(profile.BATTERY_SERVICE), ((uuid(0x2A19), _READ),)))
        handles = self._ble.gatts_register_services(services)
        self._data, self._control, self._state = handles[0]
        for handle, (_, text) in zip(handles[1], texts):
            self._ble.gatts_write(handle, text.encode())
        if battery_percent is not None:
            self._battery = handles[2][0]

    def _advertise(self):
        self._ble.gap_advertise(
            _ADVERTISING_INTERVAL_US, adv_data=self._advertisement, resp_data=self._scan_response
        )

    def _on_event(self, event, data):
        if event == _CENTRAL_CONNECT:
            self.mtu = _SMALLEST_MTU
            self._connection = data[0]
        elif event == _CENTRAL_DISCONNECT:
            self._connection = None
            self._lost = True
            self._requests = []
            self._advertise()
        elif event == _MTU_EXCHANGED:
            self.mtu = data[1]
        elif event == _GATTS_WRITE and data[1] == self._control:
            self._requests.append(self._ble.gatts_read(self._control))
