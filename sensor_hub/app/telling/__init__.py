"""Sets and sessions in words, for a terminal and every report."""
