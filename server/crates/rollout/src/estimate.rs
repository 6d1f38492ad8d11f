//! How long a rollout takes, and what limits it.
