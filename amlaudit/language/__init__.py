"""The language of Azure's template expressions, which policies and deployments are written in."""
