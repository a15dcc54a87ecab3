"""The jobs of an account: find them, follow them, cancel or delete them."""
