"""The nouns of an audit: frozen values that know no file, no network and no clock."""
