"""The job of the race in two other engines for Python, each in an environment of its own."""
