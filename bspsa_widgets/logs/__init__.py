"""What a job prints: read in parts, followed while it runs, and its failure explained."""
