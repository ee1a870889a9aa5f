"""What several Python rules read in the same way; a module for each topic."""
