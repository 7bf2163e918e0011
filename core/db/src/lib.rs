//! The salsa database: every query on one page, relative and absolute positions in one file.
