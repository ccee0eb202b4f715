"""What `make bench` runs: each module's `measure()` yields rows with a named ceiling or peer of the same run."""
