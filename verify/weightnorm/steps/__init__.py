"""The optimization results (T11 to T16) attacked at single steps and along training runs."""
