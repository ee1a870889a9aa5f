"""The language of Azure's template expressions, used by policies and deployments."""
