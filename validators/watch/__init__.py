"""What must be true of many events together: watches in YAML, and the verdict on their counts."""
