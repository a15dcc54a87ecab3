"""Package → send once → know what became of it."""
