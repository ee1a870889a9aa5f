"""Plans and states of Terraform: read, mapped to what Azure calls it, and followed."""
