"""What you choose. The name is advertised, 29 letters at most; the board is a function of boards.py."""

NAME = "sled-01"
BOARD = "esp32"
RATE_HZ = 100
RANGE_G = 8
