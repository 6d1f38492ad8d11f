//! What the SQLite stores of the hub and of the console have in common.
//!
//! 1. [`SetUp::begin`] creates folder and file, readable by their owner only, one process at a time: a second process waits
//!    until the first has set up the store. It also detects that an existing store was deleted or emptied.
//! 2. [`SetUp::check_version`] refuses a file that a newer program wrote, and a damaged one.
//! 3. [`SetUp::finish`] records that the store exists, and releases the lock.
//!
//! [`obstacle`] says why SQLite cannot write, when the operator can do something about it. [`Search`] is a connection with a
//! budget of work. [`copy()`] makes a consistent copy of a store that is in use, and [`check`] checks it.

mod copy;
mod obstacle;
mod search;
mod set_up;

pub use self::{
    copy::{CopyError, check, copy, is_store, stores},
    obstacle::{Obstacle, obstacle},
    search::{Search, SearchError, SearchLimits, is_out_of_steps},
    set_up::{OpenError, SetUp, lock},
};
