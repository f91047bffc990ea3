"""Kafka, Redis and Flink on this machine, and jobs on their way to a cluster."""
