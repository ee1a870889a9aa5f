"""Evidence that can be checked later: a bundle of snapshot, policy and reports, and its proof."""
