"""A minute of live traffic, measured and held against the truth."""
