"""A lab of containers for ci/kill-hour."""
