"""Fix plans: what a scan found, in the order in which people can mend it."""
