"""From a sensor's packets to the messages of its machine."""
