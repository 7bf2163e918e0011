//! `vitrine`: Python's execution model behind glass.

fn main() {}
