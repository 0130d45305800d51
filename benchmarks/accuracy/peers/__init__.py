"""Scripts that run inside a peer's own environment, with nothing of ours but the files they are handed."""
