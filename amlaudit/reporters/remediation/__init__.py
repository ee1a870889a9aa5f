"""Fix plans: the findings of a scan, in the order in which people can fix them."""
