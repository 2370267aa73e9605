"""Ten thousand machines without ten thousand hubs: what a few have told is told again, under other names."""
