"""What coaches do with logged sessions: programmes, corrections, analysing anew."""
