"""Records of submissions: one JSON file each, on disk before the first byte is sent."""
