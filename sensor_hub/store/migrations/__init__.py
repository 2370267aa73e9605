"""Every version of the tables, one file each in versions/, run from the store when it opens."""
