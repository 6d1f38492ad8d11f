//! Integration tests of the pool.

mod dependencies;
mod pool;
