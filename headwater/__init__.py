"""The command: everything that a person asks of the platform."""
