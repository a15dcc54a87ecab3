"""The panel that submits a folder: form, review, submission, and its job."""
