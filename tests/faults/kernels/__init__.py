"""What goes wrong in the kernel."""
