"""Traitlets models. They translate; they decide nothing."""
