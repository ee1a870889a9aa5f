"""Rule packs: found, read, checked and made ready to judge."""
