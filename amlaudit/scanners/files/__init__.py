"""Files that hold evidence, as sources."""
