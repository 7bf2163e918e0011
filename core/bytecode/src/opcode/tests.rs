//! The tables against the interpreter they come from.

use super::*;

#[test]
fn numbers_and_names_agree() {
    for opcode in ALL {
        assert_eq!(
            Opcode::from_number(u32::from(opcode.number())),
            Some(opcode)
        );
        // 3.13's form without a target has the name of 3.14's with one.
        let variant = format!("{opcode:?}");
        assert_eq!(
            variant.strip_suffix("_NO_JUMP").unwrap_or(&variant),
            opcode.name()
        );
        assert!(!opcode.has_target() || opcode.has_arg(), "{opcode}");
    }
    assert_eq!(Opcode::from_number(17), Some(Opcode::RESERVED));
    assert_eq!(Opcode::from_number(121), None);
    assert_eq!(Opcode::from_number(u32::MAX), None);
}

#[test]
fn specialized_forms_have_numbers_of_their_own() {
    for &(name, number, base) in SPECIALIZED {
        assert_eq!(Opcode::from_number(u32::from(number)), None, "{name}");
        assert_eq!(deoptimize(number), Some(base), "{name}");
    }
}

#[test]
fn counts_are_as_generated() {
    for opcode in ALL {
        for arg in [1, 2, 3, 4, 5, 17, 0xFF, 0x101, 0x302, 0x1_0003, 1 << 20] {
            let expected = (opcode.num_popped(arg), opcode.num_pushed(arg));
            assert_eq!(opcode.popped_pushed(arg), expected, "{opcode} {arg}");
            let effect = opcode.stack_effect(arg, false);
            assert_eq!(opcode.effect(arg), effect, "{opcode} {arg}");
        }
    }
}
