//! CPython's symbol tables: who binds a name, and who sees it.
