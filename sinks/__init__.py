"""Where it rests: guarded writes to Redis, and their doubles in memory."""
