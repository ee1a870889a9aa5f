"""Terraform plans and states: read, mapped to Azure's names, and resolved."""
