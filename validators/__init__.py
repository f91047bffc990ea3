"""What must be true: rules in YAML, and the verdict on every event of a batch."""
