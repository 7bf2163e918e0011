//! What crosses crates: conformance against CPython, LSP end to end, real editors.
