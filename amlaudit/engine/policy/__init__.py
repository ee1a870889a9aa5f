"""Azure Policy definitions judged offline, with the semantics of the service."""
