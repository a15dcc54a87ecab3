"""The tools that NSG jobs use, and where they are installed."""
