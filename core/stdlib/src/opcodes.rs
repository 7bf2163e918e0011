//! `_opcode`: what `opcode` and `dis` ask the interpreter about instructions.
//!
//! All answers come from the generated tables of the bytecode crate.

use vitrine_bytecode::opcode::{
    BINARY_OP_NAMES, BINARY_OPS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS, deoptimize,
};
use vitrine_vm::object::{Args, MethodDef, Ref};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add_functions, need_i64};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_opcode",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    const fn question(
        name: &'static str,
        doc: &'static str,
        call: fn(&mut Vm, Args<'_>) -> PyResult,
    ) -> MethodDef {
        MethodDef::new(name, "(opcode)", doc, call)
    }
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "stack_effect",
                "(opcode, oparg=None, /, *, jump=None)",
                "Compute the stack effect of the opcode.",
                stack_effect,
            ),
            question(
                "is_valid",
                "Return True if opcode is valid, False otherwise.",
                |vm, args| ask(vm, args, |_| true),
            ),
            question(
                "has_arg",
                "Return True if the opcode uses its oparg, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_arg),
            ),
            question(
                "has_const",
                "Return True if the opcode accesses a constant, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_const),
            ),
            question(
                "has_name",
                "Return True if the opcode accesses an attribute by name, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_name),
            ),
            question(
                "has_jump",
                "Return True if the opcode has a jump target, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_jump),
            ),
            question(
                "has_free",
                "Return True if the opcode accesses a free variable, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_free),
            ),
            question(
                "has_local",
                "Return True if the opcode accesses a local variable, False otherwise.",
                |vm, args| ask(vm, args, Opcode::has_local),
            ),
            question(
                "has_exc",
                "Return True if the opcode sets an exception handler, False otherwise.",
                |vm, args| ask(vm, args, Opcode::is_block_push),
            ),
            MethodDef::new(
                "get_nb_ops",
                "()",
                "Return array of symbols of binary ops.",
                nb_ops,
            ),
            MethodDef::new(
                "get_intrinsic1_descs",
                "()",
                "Return a list of names of the unary intrinsics.",
                |vm, _| Ok(texts(vm, INTRINSICS_1)),
            ),
            MethodDef::new(
                "get_intrinsic2_descs",
                "()",
                "Return a list of names of the binary intrinsics.",
                |vm, _| Ok(texts(vm, INTRINSICS_2)),
            ),
            MethodDef::new(
                "get_special_method_names",
                "()",
                "Return a list of special method names.",
                |vm, _| Ok(texts(vm, SPECIAL_METHODS)),
            ),
            MethodDef::new(
                "get_specialization_stats",
                "()",
                "Return the specialization stats",
                |_, _| Ok(Ref::none()),
            ),
            MethodDef::new(
                "get_executor",
                "(*, code, offset)",
                "Return the executor object at offset in code if exists, None otherwise.",
                |_, _| Ok(Ref::none()),
            ),
        ],
    )
}

fn texts(vm: &mut Vm, texts: &[&str]) -> Ref {
    let texts = texts.iter().map(|text| vm.intern(text)).collect();
    vm.new_list(texts)
}

fn nb_ops(vm: &mut Vm, _: Args<'_>) -> PyResult {
    let mut pairs = Vec::new();
    for (name, symbol) in BINARY_OP_NAMES.iter().zip(BINARY_OPS) {
        let (name, symbol) = (vm.intern(name), vm.intern(symbol));
        pairs.push(vm.new_pair(name, symbol));
    }
    Ok(vm.new_list(pairs))
}

/// The instruction of a number; a specialized form counts as what it specializes.
fn opcode(vm: &mut Vm, number: &Ref) -> PyResult<Option<Opcode>> {
    let number = need_i64(vm, number)?;
    Ok(match (u8::try_from(number), u32::try_from(number)) {
        (Ok(byte), _) => deoptimize(byte),
        (Err(_), Ok(number)) => Opcode::from_number(number),
        _ => None,
    })
}

fn ask(vm: &mut Vm, args: Args<'_>, answer: fn(Opcode) -> bool) -> PyResult {
    Ok(Ref::bool(opcode(vm, &args[0])?.is_some_and(answer)))
}

fn stack_effect(vm: &mut Vm, args: Args<'_>) -> PyResult {
    // Specialized forms have none.
    let number = u32::try_from(need_i64(vm, &args[0])?).ok();
    let opcode = number.and_then(Opcode::from_number);
    let oparg = match args.get_not_none(1) {
        Some(oparg) => need_i64(vm, oparg)?,
        None => 0,
    };
    let jump = match args.get_not_none(2).map(Ref::as_bool) {
        None => None,
        Some(Some(jump)) => Some(jump),
        Some(None) => {
            return Err(vm.value_error("stack_effect: jump must be False, True or None"));
        }
    };
    let (Some(opcode), Ok(oparg)) = (opcode, u32::try_from(oparg)) else {
        return Err(vm.value_error("invalid opcode or oparg"));
    };
    let effect = match jump {
        Some(jump) => opcode.stack_effect(oparg, jump),
        None => opcode
            .stack_effect(oparg, true)
            .max(opcode.stack_effect(oparg, false)),
    };
    Ok(vm.new_int(effect))
}
