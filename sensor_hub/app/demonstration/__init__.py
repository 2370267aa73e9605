"""The whole way without hardware."""
