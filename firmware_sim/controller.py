"""A virtual Bluetooth controller on the air of firmware_sim.radio.

Over bumble's own it has full-size data packets, credits that follow the air, scan responses, signal strength, a
reset that forgets its links, and a connect that can be taken back.
"""

import asyncio
from collections import Counter
from typing import Any

from bumble import hci
from bumble.controller import Controller

from firmware_sim.radio import Radio

_ACL_BYTES = 251
_ACL_PACKETS = 8


class RadioController(Controller):  # type: ignore[misc]
    """host_source, host_sink: an HCI transport, or a bumble host in this process."""

    link: Radio

    def __init__(self, name: str, radio: Radio, host_source: Any = None, host_sink: Any = None) -> None:
        super().__init__(name, link=radio, host_source=host_source, host_sink=host_sink)
        self.le_acl_data_packet_length = _ACL_BYTES
        self.total_num_le_acl_data_packets = _ACL_PACKETS
        self.most_connections = 32
        self.gain_db = 0.0
        """How much better than usual it hears everybody."""
        self._fragments: Counter[Any] = Counter()

    def on_hci_packet(self, packet: Any) -> None:
        """Without the debug text that bumble's own composes for every packet, logged or not."""
        if isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)
        elif isinstance(packet, hci.HCI_Command):
            self.on_hci_command_packet(packet)

    def send_hci_packet(self, packet: Any) -> None:
        if self.host is not None:
            asyncio.get_running_loop().call_soon(self.host.on_packet, bytes(packet))

    def on_hci_acl_data_packet(self, packet: Any) -> None:
        connection = self.find_connection_by_handle(packet.connection_handle)
        if connection is not None:
            self._fragments[connection.peer_address] += 1
            connection.assembler.feed_packet(packet)

    def take_fragments(self, destination: Any) -> int:
        return self._fragments.pop(destination, 0)

    def on_sent(self, destination: Any, fragments: int) -> None:
        connection = self.le_connections.get(destination)
        if connection is not None:
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(
                    connection_handles=[connection.handle], num_completed_packets=[fragments]
                )
            )

    def silence(self) -> None:
        """Stop advertising, scanning and every link without telling anyone, as a reset or a power cut does."""
        self.le_scan_enable, self.pending_le_connection = False, None
        self.le_legacy_advertiser.stop()
        for advertising_set in self.advertising_sets.values():
            advertising_set.stop()
        self.advertising_sets.clear()
        self.link.forget(self)
        self.le_connections.clear()
        self._fragments.clear()

    def on_hci_reset_command(self, command: Any) -> Any:
        self.silence()
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_le_create_connection_command(self, command: Any) -> Any:
        if len(self.le_connections) < self.most_connections:
            return super().on_hci_le_create_connection_command(command)
        return self._send_hci_command_status(hci.HCI_ErrorCode.CONNECTION_LIMIT_EXCEEDED_ERROR, command.op_code)

    def on_hci_le_create_connection_cancel_command(self, command: Any) -> Any:
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_read_rssi_command(self, command: Any) -> Any:
        connection = self.find_connection_by_handle(command.handle)
        rssi = self._measured_rssi_dbm(connection.peer_address) if connection is not None else 127
        return hci.HCI_Read_RSSI_ReturnParameters(hci.HCI_ErrorCode.SUCCESS, command.handle, rssi)

    def on_advertising_pdu(self, pdu: Any) -> None:
        if self.le_scan_enable:
            self._report(pdu)
        pending = self.pending_le_connection
        if pending is not None and pending.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, pdu: Any) -> None:
        """Send the host the advertisement, and the scan response that an active scanner gets to it."""
        kinds = hci.HCI_LE_Extended_Advertising_Report_Event.EventType
        advertisement = (
            kinds.CONNECTABLE_ADVERTISING | kinds.SCANNABLE_ADVERTISING | kinds.LEGACY_ADVERTISING_PDU_USED
        )
        rssi = self._measured_rssi_dbm(pdu.advertiser_address)
        packets = [(advertisement, pdu.data), (advertisement | kinds.SCAN_RESPONSE, self._scan_response(pdu))]
        for kind, data in packets:
            report = hci.HCI_LE_Extended_Advertising_Report_Event.Report(
                event_type=kind,
                address_type=pdu.advertiser_address.address_type,
                address=pdu.advertiser_address,
                primary_phy=hci.Phy.LE_1M,
                secondary_phy=0,
                advertising_sid=0xFF,
                tx_power=127,
                rssi=rssi,
                periodic_advertising_interval=0,
                direct_address_type=0,
                direct_address=hci.Address.ANY,
                data=data,
            )
            self.send_hci_packet(hci.HCI_LE_Extended_Advertising_Report_Event([report]))

    def _measured_rssi_dbm(self, address: Any) -> int:
        return round(self.link.measured_rssi_dbm(address) + self.gain_db)

    def _scan_response(self, pdu: Any) -> bytes:
        for controller in self.link.controllers:
            for advertising_set in controller.advertising_sets.values():
                if advertising_set.address == pdu.advertiser_address:
                    return bytes(advertising_set.scan_response_data)
        return b""
