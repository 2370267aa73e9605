"""Who lifts: what is kept of them, and their erasure."""
