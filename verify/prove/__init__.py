"""Claims decided on their whole domain: `verify.prove`, and the certificates it returns."""
