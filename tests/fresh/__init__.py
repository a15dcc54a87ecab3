"""The README's commands, typed as they stand in a Debian that has nothing but its base system."""
