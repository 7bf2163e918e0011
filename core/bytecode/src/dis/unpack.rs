//! Bytes to opcodes and arguments (`_unpack_opargs`).

use crate::opcode::Opcode;
use crate::target::Target;

/// An instruction as the bytes have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unpacked {
    /// Offset in bytes.
    pub(super) offset: u32,
    /// Offset of the first `EXTENDED_ARG` before it, else its own.
    pub(super) start_offset: u32,
    /// The byte itself.
    pub(super) byte: u8,
    /// What it stands for; `None` if nothing.
    pub(super) opcode: Option<Opcode>,
    /// The argument with what was extended; `None` if it takes none.
    pub(super) arg: Option<u32>,
    /// The code units of cache behind it.
    pub(super) caches: u8,
}

impl Unpacked {
    /// The offset a jump goes to, or `END_ASYNC_FOR` comes from.
    pub(super) fn jump_target(&self) -> Option<u32> {
        let opcode = self.opcode.filter(|opcode| opcode.has_jump())?;
        let distance = i64::from(self.arg?) * if opcode.is_backward_jump() { -2 } else { 2 };
        let next = i64::from(self.offset) + 2 + 2 * i64::from(self.caches);
        u32::try_from(next + distance).ok()
    }
}

/// The instructions of some code, `EXTENDED_ARG`s among them, caches left out.
pub(super) fn unpack(code: &[u8], target: Target) -> impl Iterator<Item = Unpacked> + '_ {
    let mut at = 0;
    let mut extended = 0_u32;
    let mut prefix = 0;
    std::iter::from_fn(move || {
        let &[byte, arg] = code.get(at..at + 2)? else {
            return None;
        };
        let opcode = target.opcode(byte);
        let offset = at as u32;
        let takes_arg = opcode.is_some_and(|opcode| target.has_arg(opcode));
        let arg = takes_arg.then(|| u32::from(arg) | extended);
        let is_prefix = opcode == Some(Opcode::EXTENDED_ARG);
        let start_offset = if is_prefix {
            offset
        } else {
            offset - 2 * prefix
        };
        (extended, prefix) = if is_prefix {
            (arg.unwrap_or(0) << 8, prefix + 1)
        } else {
            (0, 0)
        };
        let unpacked = Unpacked {
            offset,
            start_offset,
            byte,
            opcode,
            arg,
            caches: opcode.map_or(0, |opcode| target.caches(opcode) as u8),
        };
        at += 2 + 2 * usize::from(unpacked.caches);
        Some(unpacked)
    })
}
