"""The command line: one table of commands, one vocabulary of options, nothing heavy loaded."""
