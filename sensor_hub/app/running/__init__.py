"""A hub's parts in one process, and how they do."""
