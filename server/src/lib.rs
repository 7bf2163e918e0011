//! The one binary: command line, language server, evaluation kernel.
