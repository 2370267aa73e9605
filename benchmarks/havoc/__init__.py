"""What benchmarks/chaos.py is made of: the programs it runs, the faults it makes, the books it keeps."""
