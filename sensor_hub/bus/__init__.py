"""MQTT: topics, the outbox in front of the publisher, the subscriber, and a broker of our own."""

from sensor_hub.bus.address import BrokerAddress, MqttVersion, TlsFiles
from sensor_hub.bus.backlog import Backlog, backlog_of, make_room
from sensor_hub.bus.broker import EmbeddedBroker
from sensor_hub.bus.broker_folder import claim, find_binary, is_claimed, login, running_broker
from sensor_hub.bus.caller import Caller
from sensor_hub.bus.centre import Centre
from sensor_hub.bus.connection import probe
from sensor_hub.bus.discovery import PREFIX, discovery, discovery_topic, former_topics
from sensor_hub.bus.farewell import take_back
from sensor_hub.bus.leaf import Leaf
from sensor_hub.bus.outbox import Outbox
from sensor_hub.bus.publisher import Publisher
from sensor_hub.bus.rights import Account
from sensor_hub.bus.running import Running
from sensor_hub.bus.subscriber import Ack, Subscriber
from sensor_hub.bus.topics import (
    CARRIED,
    RECORDED,
    Topic,
    decode,
    encode,
    filters_of,
    kind_of,
    parse_topic,
    topic_of,
)

__all__ = [
    "CARRIED",
    "PREFIX",
    "RECORDED",
    "Account",
    "Ack",
    "Backlog",
    "BrokerAddress",
    "Caller",
    "Centre",
    "EmbeddedBroker",
    "Leaf",
    "MqttVersion",
    "Outbox",
    "Publisher",
    "Running",
    "Subscriber",
    "TlsFiles",
    "Topic",
    "backlog_of",
    "claim",
    "decode",
    "discovery",
    "discovery_topic",
    "encode",
    "filters_of",
    "find_binary",
    "former_topics",
    "is_claimed",
    "kind_of",
    "login",
    "make_room",
    "parse_topic",
    "probe",
    "running_broker",
    "take_back",
    "topic_of",
]
