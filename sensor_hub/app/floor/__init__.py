"""Which sensor is on which machine, and what the hub does with them: finding, pairing, speaking for them."""
