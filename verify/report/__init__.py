"""`python -m verify.report`: check all claims and write what was found."""
