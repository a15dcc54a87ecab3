"""Parts that both panels share."""
