"""How fast, how fresh and how large: `make bench`."""
