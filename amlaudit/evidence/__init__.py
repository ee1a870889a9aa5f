"""Evidence that can be verified later: a bundle of snapshot, policy and reports, and its proof."""
