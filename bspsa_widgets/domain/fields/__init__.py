"""Fields of a form: what can be declared of one, and how its value is checked."""
