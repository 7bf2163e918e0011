//! Code that is refused, each for its reason, and code that is not.

use super::*;
use crate::code::{CodeFlags, LocalKind};
use crate::compile::{CompileOptions, compile_source};
use crate::opcode::Opcode as O;

fn compiled(source: &str) -> CodeObject {
    compile_source(source, &CompileOptions::default())
        .expect("valid")
        .code
}

/// A function of one argument with these instructions.
fn function(instrs: &[(O, u8)]) -> CodeObject {
    let mut code = compiled("def f(a): return a");
    let Some(Const::Code(f)) = code.consts.iter().find(|c| matches!(c, Const::Code(_))) else {
        unreachable!("there is a function");
    };
    code = (**f).clone();
    let mut bytes = Vec::new();
    for &(opcode, arg) in instrs {
        bytes.extend_from_slice(&[opcode as u8, arg]);
        bytes.resize(bytes.len() + 2 * opcode.caches(), 0);
    }
    code.code = bytes.into();
    code.stacksize = 4;
    code.linetable = Box::default();
    code.names = ["name"].into_iter().collect();
    code.consts = [Const::None, Const::Tuple([Const::Str("k".into())].into())].into();
    code
}

fn check(code: &CodeObject, problem: Option<Problem>) {
    let found = verify(code).err();
    assert_eq!(
        found.as_ref().map(|error| error.problem),
        problem,
        "{}",
        crate::dis::disassemble(code, crate::dis::Options::default())
    );
}

#[test]
fn what_the_compiler_makes_is_accepted() {
    for source in [
        "",
        "def f(a, *b, c=1, **d):\n  global g\n  g = [x for x in a if x]\n  return lambda: a",
        "async def f(a):\n  async with a as b:\n    async for c in b: await c\n  yield a",
        "try: x\nexcept* A as e: y\nexcept* B: z\nelse: w\nfinally: v",
        "match x:\n  case {'k': v, **r}: pass\n  case C(1, a=[*_, b]): pass\n  case _: pass",
        "class C[T: int = str](B, metaclass=M):\n  x: int = 1\n  def f(self): return super().f()",
        "for a, *b in c:\n  while d:\n    if e: break\n  else: continue\n  del a, b[0], c.d",
        "t'{x!r:>{w}}' and f'{x:{y}}' and f(*a, **b, c=1)",
    ] {
        check(&compiled(source), None);
    }
}

#[test]
fn operands_out_of_range_are_refused() {
    let ret = (O::RETURN_VALUE, 0);
    for (instrs, problem) in [
        (&[(O::LOAD_CONST, 2), ret][..], "there is no such constant"),
        (&[(O::LOAD_NAME, 1), ret], "there is no such name"),
        (&[(O::LOAD_GLOBAL, 2), ret], "there is no such name"),
        (&[(O::LOAD_FAST, 1), ret], "there is no such variable"),
        (
            &[(O::LOAD_FAST_BORROW_LOAD_FAST_BORROW, 0x0F), ret],
            "there is no such variable",
        ),
        (
            &[(O::LOAD_FAST, 0), (O::UNPACK_SEQUENCE, 200), ret],
            "the stack grows beyond the stack size",
        ),
        (
            &[
                (O::LOAD_FAST, 0),
                (O::LOAD_FAST, 0),
                (O::BINARY_OP, 99),
                ret,
            ],
            BAD,
        ),
        (
            &[
                (O::LOAD_FAST, 0),
                (O::LOAD_FAST, 0),
                (O::COMPARE_OP, 255),
                ret,
            ],
            BAD,
        ),
        (&[(O::LOAD_FAST, 0), (O::CALL_INTRINSIC_1, 77), ret], BAD),
        (&[(O::LOAD_COMMON_CONSTANT, 9), ret], BAD),
        (&[(O::LOAD_FAST, 0), (O::LOAD_SPECIAL, 4), ret], BAD),
        (&[(O::LOAD_FAST, 0), (O::CONVERT_VALUE, 4), ret], BAD),
        (&[(O::RAISE_VARARGS, 3)], BAD),
    ] {
        check(&function(instrs), Some(problem));
    }
}

const BAD: Problem = "its argument means nothing";

#[test]
fn stacks_that_lie_are_refused() {
    let ret = (O::RETURN_VALUE, 0);
    let a = (O::LOAD_FAST_BORROW, 0);
    for (instrs, problem) in [
        (&[ret][..], "it takes more values than the stack has"),
        (
            &[a, (O::POP_TOP, 0), (O::POP_TOP, 0)],
            "it takes more values than the stack has",
        ),
        (&[a, (O::COPY, 2), ret], "it reaches below the stack"),
        (&[a, (O::COPY, 0), ret], "it reaches below the stack"),
        (&[a, (O::SWAP, 9), ret], "it reaches below the stack"),
        (
            &[a, a, a, a, a, ret],
            "the stack grows beyond the stack size",
        ),
        (
            &[(O::PUSH_NULL, 0), ret],
            "it takes an object where there may be none",
        ),
        (
            &[a, (O::LOAD_ATTR, 1), ret],
            "it takes an object where there may be none",
        ),
        (
            &[a, (O::POP_JUMP_IF_TRUE, 2), (O::NOT_TAKEN, 0), a, a, ret],
            "paths meet with stacks of different depth",
        ),
        (&[a], "the code ends without a return"),
        (
            &[a, (O::JUMP_FORWARD, 9), ret],
            "it jumps to no instruction",
        ),
        (
            &[(O::JUMP_BACKWARD, 9), a, ret],
            "it jumps to no instruction",
        ),
        // Into a cache.
        (
            &[(O::JUMP_FORWARD, 1), (O::LOAD_GLOBAL, 0), ret],
            "it jumps to no instruction",
        ),
        (
            &[(O::DELETE_FAST, 0), a, ret],
            "it loads a variable that may have no value",
        ),
        (
            &[(O::LOAD_DEREF, 0), ret],
            "it uses a variable as a cell that is none",
        ),
        (&[(O::CACHE, 0), a, ret], "no instruction that can run"),
        (
            &[(O::INSTRUMENTED_RESUME, 0), a, ret],
            "no instruction of stored code",
        ),
        (
            &[(O::EXTENDED_ARG, 1)],
            "EXTENDED_ARG without an instruction",
        ),
    ] {
        check(&function(instrs), Some(problem));
    }
    let mut lie = function(&[a, a, (O::POP_TOP, 0), ret]);
    lie.stacksize = 1;
    check(&lie, Some("the stack grows beyond the stack size"));
    let mut half = function(&[a, ret]);
    half.code = [O::LOAD_GLOBAL as u8, 0].into();
    check(&half, Some("its inline cache is cut off"));
    half.code = [121, 0].into();
    check(&half, Some("no opcode"));
}

#[test]
fn values_of_another_kind_are_refused() {
    let ret = (O::RETURN_VALUE, 0);
    let a = (O::LOAD_FAST_BORROW, 0);
    let wrong = Some("it takes a value of another kind than is there");
    for instrs in [
        &[a, a, (O::LIST_APPEND, 1), ret][..],
        &[a, a, a, (O::MAP_ADD, 1), ret],
        &[a, (O::MAKE_FUNCTION, 0), ret],
        &[a, a, (O::SET_FUNCTION_ATTRIBUTE, 8), ret],
        &[a, (O::PUSH_NULL, 0), a, a, (O::CALL_KW, 1), ret],
        &[a, (O::RERAISE, 0)],
        &[a, (O::POP_EXCEPT, 0), a, ret],
        &[a, (O::PUSH_EXC_INFO, 0), ret],
        &[a, (O::END_FOR, 0), a, ret],
        &[a, a, (O::END_ASYNC_FOR, 0), a, ret],
    ] {
        check(&function(instrs), wrong);
    }
    // The names of more arguments than are given.
    let call = [
        a,
        (O::PUSH_NULL, 0),
        (O::LOAD_CONST, 1),
        (O::CALL_KW, 0),
        ret,
    ];
    check(
        &function(&call),
        Some("it names more arguments than there are"),
    );
}

#[test]
fn structures_that_lie_are_refused() {
    let good = || function(&[(O::LOAD_FAST, 0), (O::RETURN_VALUE, 0)]);
    type Change = fn(&mut CodeObject);
    let changes: [(Change, Problem); 9] = [
        (|c| c.argcount = 2, "more arguments than variables"),
        (|c| c.argcount = u32::MAX, "more arguments than variables"),
        (
            |c| c.posonlyargcount = 2,
            "more positional-only arguments than arguments",
        ),
        (|c| c.localspluskinds = [0].into(), "a variable of no kind"),
        (
            |c| c.localspluskinds = [LocalKind::FREE].into(),
            "variables out of order",
        ),
        (
            |c| c.flags |= CodeFlags::VARARGS,
            "more arguments than variables",
        ),
        (
            |c| c.flags |= CodeFlags::GENERATOR,
            "a generator must begin with RETURN_GENERATOR, and nothing else may have it",
        ),
        (
            |c| c.exceptiontable = [0x80, 1, 9, 0].into(),
            "the exception table points at no instruction",
        ),
        (
            |c| c.linetable = [0xF0].into(),
            "the location table does not fit the code",
        ),
    ];
    check(&good(), None);
    for (change, problem) in changes {
        let mut code = good();
        change(&mut code);
        check(&code, Some(problem));
    }
    let mut nested = compiled("def f(): pass");
    let mut bad = good();
    bad.consts = Box::default();
    bad.code = [O::LOAD_CONST as u8, 0, O::RETURN_VALUE as u8, 0].into();
    nested.consts = [Const::Tuple([Const::Code(Arc::new(bad))].into())].into();
    let error = verify(&nested).expect_err("bad code inside").to_string();
    assert!(error.starts_with("invalid code object"), "{error}");
}
