"""Write a zip in parallel: small files in batches, large ones in pieces."""
