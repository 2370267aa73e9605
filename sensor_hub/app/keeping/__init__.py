"""From the bus into the store and the archive, and what keeps both well."""
