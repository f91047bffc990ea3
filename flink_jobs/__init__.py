"""How it runs: jobs generated as Flink SQL; the only place that imports pyflink."""
