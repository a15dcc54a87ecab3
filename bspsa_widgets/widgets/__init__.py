"""Traitlets models: the form, the monitor. They translate; they decide nothing."""
