"""Raw samples as Parquet files that outlive the store: anywhere fsspec reaches, and complete in themselves.

Needs pyarrow and fsspec (the extra "archive"); `cuts` does not.
"""
