//! What must hold of the readers for any bytes: the entry points of fuzzing.
//!
//! Each function takes bytes and panics if something that must hold does not; a
//! mutation test runs them over damaged files, a fuzzer over what it makes up.

use crate::code::CodeObject;
use crate::dis::{self, Options};
use crate::marshal::{self, pyc};
use crate::target::Target;
use crate::verify::verify;

/// Bytes as a `.pyc` file; whether they were accepted.
///
/// # Panics
/// If what was accepted does not survive being written and read again.
pub fn pyc_file(bytes: &[u8]) -> bool {
    match pyc::read(bytes) {
        Ok((validation, code)) => {
            show(&code, Target::default());
            // What another version would make of the same bytes can be looked at.
            for target in Target::ALL {
                let magic = target.magic().to_le_bytes();
                let bytes = [&magic, &bytes[magic.len()..]].concat();
                if let Ok((target, code)) = pyc::read_to_show(&bytes) {
                    show(&code, target);
                }
            }
            let again = pyc::read(&pyc::write(validation, &code));
            assert_eq!(again, Ok((validation, code)), "it reads as it was written");
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Bytes as a marshalled code object; whether it was accepted as safe to run.
/// Code that is not is shown all the same.
///
/// # Panics
/// As [`pyc_file`].
pub fn marshalled_code(bytes: &[u8]) -> bool {
    let Ok(code) = marshal::load_code(bytes) else {
        return false;
    };
    show(&code, Target::default());
    let again = marshal::load_code(&marshal::dump_code(&code));
    assert_eq!(again.as_ref(), Ok(&code), "it reads as it was written");
    verify(&code).is_ok()
}

/// Everything that prints code takes what comes.
fn show(code: &CodeObject, target: Target) {
    let options = Options {
        show_caches: true,
        show_offsets: true,
        show_positions: true,
        adaptive: true,
        target,
    };
    dis::disassemble(code, options);
    dis::instructions(code, target);
    dis::stack_contents(code, target);
}
