"""Where estates are read from: live Azure, snapshots, files."""
