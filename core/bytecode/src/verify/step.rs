//! What each instruction asks of the stack and the locals, and what it leaves there.

use super::state::{Kind, State};
use super::{Instr, Problem};
use crate::code::{CodeObject, Const, LocalKind};
use crate::opcode::{
    BINARY_OPS, COMMON_CONSTANTS, COMPARE_OPS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS,
    number,
};

type Result<T> = std::result::Result<T, Problem>;

/// How the path goes on.
pub(super) enum Next {
    /// To the next instruction.
    Follow,
    /// To the target only.
    Jump,
    /// To either, with the same stack.
    Branch,
    /// To either; to the target with `Exhausted` in place of the value on top.
    Loop,
    /// Out of the frame, or to a handler.
    Leave,
}

/// Whether an exception can come from an instruction. Those that merely move values
/// cannot, so that a handler never sees the stack in between.
pub(super) fn may_raise(opcode: Opcode) -> bool {
    !matches!(
        opcode,
        Opcode::SWAP
            | Opcode::POP_TOP
            | Opcode::POP_ITER
            | Opcode::END_FOR
            | Opcode::STORE_FAST
            | Opcode::STORE_FAST_STORE_FAST
            | Opcode::STORE_FAST_LOAD_FAST
            | Opcode::END_SEND
            | Opcode::RETURN_VALUE
            | Opcode::POP_EXCEPT
            | Opcode::PUSH_EXC_INFO
    )
}

/// One instruction being followed.
pub(super) struct Step<'a> {
    code: &'a CodeObject,
    stack: &'a mut Vec<Kind>,
    locals: &'a mut Vec<Kind>,
    /// The lowest the stack was.
    pub(super) lowest: usize,
    pub(super) locals_changed: bool,
}

const NO_OBJECT: Problem = "it takes an object where there may be none";
const WRONG_KIND: Problem = "it takes a value of another kind than is there";
const BAD_ARGUMENT: Problem = "its argument means nothing";

impl<'a> Step<'a> {
    pub(super) fn new(code: &'a CodeObject, state: &'a mut State) -> Self {
        Self {
            code,
            lowest: state.stack.len(),
            stack: &mut state.stack,
            locals: &mut state.locals,
            locals_changed: false,
        }
    }

    fn pop(&mut self) -> Result<Kind> {
        let kind = self
            .stack
            .pop()
            .ok_or("it takes more values than the stack has")?;
        self.lowest = self.lowest.min(self.stack.len());
        Ok(kind)
    }

    fn pop_object(&mut self) -> Result<Kind> {
        match self.pop()? {
            kind if kind.is_object() => Ok(kind),
            _ => Err(NO_OBJECT),
        }
    }

    fn pop_objects(&mut self, count: u32) -> Result<()> {
        // More than the stack has ends at once.
        for _ in 0..count {
            self.pop_object()?;
        }
        Ok(())
    }

    /// An object, or NULL; not what only `END_FOR` takes.
    fn pop_nullable(&mut self) -> Result<Kind> {
        match self.pop()? {
            Kind::Exhausted => Err(NO_OBJECT),
            kind => Ok(kind),
        }
    }

    fn pop_of(&mut self, allowed: impl Fn(Kind) -> bool) -> Result<Kind> {
        match self.pop()? {
            kind if allowed(kind) => Ok(kind),
            _ => Err(WRONG_KIND),
        }
    }

    /// The value so many places from the top; 1 is the top.
    fn peek(&self, place: u32) -> Result<Kind> {
        let index = self
            .stack
            .len()
            .checked_sub(place as usize)
            .filter(|_| place > 0);
        index
            .map(|index| self.stack[index])
            .ok_or("it reaches below the stack")
    }

    fn peek_of(&self, place: u32, allowed: impl Fn(Kind) -> bool) -> Result<()> {
        if allowed(self.peek(place)?) {
            Ok(())
        } else {
            Err(WRONG_KIND)
        }
    }

    fn push(&mut self, kind: Kind) {
        self.stack.push(kind);
    }

    /// Takes objects and leaves one.
    fn replace(&mut self, count: u32, kind: Kind) -> Result<()> {
        self.pop_objects(count)?;
        self.push(kind);
        Ok(())
    }

    fn local(&self, index: u32) -> Result<Kind> {
        self.locals
            .get(index as usize)
            .copied()
            .ok_or("there is no such variable")
    }

    fn set_local(&mut self, index: u32, kind: Kind) -> Result<()> {
        let local = self
            .locals
            .get_mut(index as usize)
            .ok_or("there is no such variable")?;
        self.locals_changed |= *local != kind;
        *local = kind;
        Ok(())
    }

    fn load_local(&mut self, index: u32) -> Result<()> {
        match self.local(index)? {
            kind if kind.is_object() => {
                self.push(kind);
                Ok(())
            }
            _ => Err("it loads a variable that may have no value"),
        }
    }

    fn store_local(&mut self, index: u32) -> Result<()> {
        let kind = self.pop_nullable()?;
        self.set_local(index, kind)
    }

    fn cell(&self, index: u32) -> Result<()> {
        match self.local(index)? {
            Kind::Cell => Ok(()),
            _ => Err("it uses a variable as a cell that is none"),
        }
    }

    fn name(&self, index: u32) -> Result<()> {
        if (index as usize) < self.code.names.len() {
            Ok(())
        } else {
            Err("there is no such name")
        }
    }

    fn constant(&self, index: u32) -> Result<Kind> {
        let value = self
            .code
            .consts
            .get(index as usize)
            .ok_or("there is no such constant")?;
        Ok(match value {
            Const::Str(_) => Kind::Str,
            Const::Code(_) => Kind::Code(index),
            Const::Tuple(items) if items.iter().all(|item| matches!(item, Const::Str(_))) => {
                Kind::Names(items.len() as u32)
            }
            Const::Tuple(_) => Kind::Tuple,
            _ => Kind::Any,
        })
    }

    fn index_of<T>(&self, index: u32, table: &[T]) -> Result<()> {
        if (index as usize) < table.len() {
            Ok(())
        } else {
            Err(BAD_ARGUMENT)
        }
    }

    #[allow(clippy::too_many_lines)]
    pub(super) fn instruction(&mut self, instr: &Instr) -> Result<Next> {
        use Opcode as O;
        let arg = instr.arg;
        let is_tuple = |kind| matches!(kind, Kind::Tuple | Kind::Names(_));
        let is_exception = |kind| kind == Kind::Exception;
        let maybe_exception = |kind| matches!(kind, Kind::Exception | Kind::Handled);
        match instr.opcode {
            O::NOP | O::NOT_TAKEN | O::RESUME | O::SETUP_ANNOTATIONS => {}
            // Loads.
            O::LOAD_CONST => {
                let kind = self.constant(arg)?;
                self.push(kind);
            }
            O::LOAD_SMALL_INT if arg <= 256 => self.push(Kind::Any),
            O::LOAD_COMMON_CONSTANT => {
                self.index_of(arg, COMMON_CONSTANTS)?;
                self.push(Kind::Any);
            }
            O::LOAD_BUILD_CLASS | O::LOAD_LOCALS => self.push(Kind::Any),
            O::PUSH_NULL => self.push(Kind::Null),
            O::LOAD_FAST | O::LOAD_FAST_BORROW => self.load_local(arg)?,
            O::LOAD_FAST_LOAD_FAST | O::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load_local(arg >> 4)?;
                self.load_local(arg & 15)?;
            }
            O::LOAD_FAST_CHECK => {
                let known = self.local(arg)?;
                let kind = if known.is_object() { known } else { Kind::Any };
                self.set_local(arg, kind)?;
                self.push(kind);
            }
            O::LOAD_FAST_AND_CLEAR => {
                let kind = self.local(arg)?;
                self.set_local(arg, Kind::Null)?;
                self.push(kind);
            }
            O::LOAD_DEREF => {
                self.cell(arg)?;
                self.push(Kind::Any);
            }
            O::LOAD_NAME => {
                self.name(arg)?;
                self.push(Kind::Any);
            }
            O::LOAD_GLOBAL => {
                self.name(arg >> 1)?;
                self.push(Kind::Any);
                if arg & 1 != 0 {
                    self.push(Kind::Null);
                }
            }
            O::LOAD_FROM_DICT_OR_GLOBALS => {
                self.name(arg)?;
                self.replace(1, Kind::Any)?;
            }
            O::LOAD_FROM_DICT_OR_DEREF => {
                self.cell(arg)?;
                self.replace(1, Kind::Any)?;
            }
            O::LOAD_ATTR => {
                self.name(arg >> 1)?;
                self.replace(1, Kind::Any)?;
                if arg & 1 != 0 {
                    self.push(Kind::MaybeNull);
                }
            }
            O::LOAD_SUPER_ATTR => {
                self.name(arg >> 2)?;
                self.replace(3, Kind::Any)?;
                if arg & 1 != 0 {
                    self.push(Kind::MaybeNull);
                }
            }
            O::LOAD_SPECIAL => {
                self.index_of(arg, SPECIAL_METHODS)?;
                self.replace(1, Kind::Any)?;
                self.push(Kind::MaybeNull);
            }
            // Stores.
            O::STORE_FAST => self.store_local(arg)?,
            O::STORE_FAST_STORE_FAST => {
                self.store_local(arg >> 4)?;
                self.store_local(arg & 15)?;
            }
            O::STORE_FAST_LOAD_FAST => {
                self.store_local(arg >> 4)?;
                self.load_local(arg & 15)?;
            }
            O::DELETE_FAST => self.set_local(arg, Kind::Null)?,
            O::STORE_DEREF => {
                self.cell(arg)?;
                self.pop_object()?;
            }
            O::DELETE_DEREF => self.cell(arg)?,
            O::STORE_NAME | O::STORE_GLOBAL | O::DELETE_ATTR => {
                self.name(arg)?;
                self.pop_object()?;
            }
            O::DELETE_NAME | O::DELETE_GLOBAL => self.name(arg)?,
            O::STORE_ATTR => {
                self.name(arg)?;
                self.pop_objects(2)?;
            }
            O::STORE_SUBSCR => self.pop_objects(3)?,
            O::DELETE_SUBSCR => self.pop_objects(2)?,
            O::STORE_SLICE => self.pop_objects(4)?,
            O::MAKE_CELL => {
                self.local(arg)?;
                self.set_local(arg, Kind::Cell)?;
            }
            O::COPY_FREE_VARS => {
                let kinds = &self.code.localspluskinds;
                let free = kinds
                    .iter()
                    .filter(|&kind| kind & LocalKind::FREE != 0)
                    .count();
                if arg as usize != free {
                    return Err("it copies another number of free variables than there are");
                }
                for index in kinds.len() - free..kinds.len() {
                    self.set_local(index as u32, Kind::Cell)?;
                }
            }
            // The stack itself.
            O::POP_TOP => {
                self.pop_nullable()?;
            }
            O::POP_ITER => {
                self.pop_object()?;
            }
            O::END_FOR => {
                self.pop_of(|kind| kind == Kind::Exhausted)?;
            }
            O::COPY => {
                let kind = self.peek(arg)?;
                if kind == Kind::Exhausted {
                    return Err(NO_OBJECT);
                }
                self.push(kind);
            }
            O::SWAP => {
                self.peek(arg)?;
                let top = self.stack.len() - 1;
                let other = self.stack.len() - arg as usize;
                self.lowest = self.lowest.min(other);
                self.stack.swap(top, other);
            }
            // Operators.
            O::UNARY_INVERT | O::UNARY_NEGATIVE | O::UNARY_NOT | O::TO_BOOL => {
                self.replace(1, Kind::Any)?;
            }
            O::BINARY_OP => {
                self.index_of(arg, BINARY_OPS)?;
                self.replace(2, Kind::Any)?;
            }
            O::COMPARE_OP => {
                self.index_of(arg >> 5, COMPARE_OPS)?;
                self.replace(2, Kind::Any)?;
            }
            O::IS_OP | O::CONTAINS_OP if arg <= 1 => self.replace(2, Kind::Any)?,
            O::BINARY_SLICE => self.replace(3, Kind::Any)?,
            // Displays.
            O::BUILD_LIST => self.replace(arg, Kind::List)?,
            O::BUILD_SET => self.replace(arg, Kind::Set)?,
            O::BUILD_TUPLE => self.replace(arg, Kind::Tuple)?,
            O::BUILD_MAP => {
                let count = arg.checked_mul(2).ok_or(BAD_ARGUMENT)?;
                self.replace(count, Kind::Dict)?;
            }
            O::BUILD_SLICE if matches!(arg, 2 | 3) => self.replace(arg, Kind::Any)?,
            O::BUILD_STRING => {
                for _ in 0..arg {
                    self.pop_of(|kind| kind == Kind::Str)?;
                }
                self.push(Kind::Str);
            }
            O::BUILD_INTERPOLATION => {
                if arg & 1 != 0 {
                    self.pop_of(|kind| kind == Kind::Str)?;
                }
                if arg >> 2 > 3 {
                    return Err(BAD_ARGUMENT);
                }
                self.pop_of(|kind| kind == Kind::Str)?;
                self.replace(1, Kind::Any)?;
            }
            O::BUILD_TEMPLATE => {
                self.pop_of(is_tuple)?;
                self.pop_of(is_tuple)?;
                self.push(Kind::Any);
            }
            O::LIST_APPEND | O::LIST_EXTEND => {
                self.pop_object()?;
                self.peek_of(arg, |kind| kind == Kind::List)?;
            }
            // `__conditional_annotations__` is a set only if nobody changed it.
            O::SET_ADD => {
                self.pop_object()?;
                self.peek_of(arg, Kind::is_object)?;
            }
            O::SET_UPDATE => {
                self.pop_object()?;
                self.peek_of(arg, |kind| kind == Kind::Set)?;
            }
            O::MAP_ADD => {
                self.pop_objects(2)?;
                self.peek_of(arg, |kind| kind == Kind::Dict)?;
            }
            O::DICT_UPDATE => {
                self.pop_object()?;
                self.peek_of(arg, |kind| kind == Kind::Dict)?;
            }
            O::DICT_MERGE => {
                self.pop_object()?;
                self.peek_of(arg, |kind| kind == Kind::Dict)?;
                // The callable, for messages.
                let callable = arg.checked_add(3).ok_or(BAD_ARGUMENT)?;
                self.peek_of(callable, Kind::is_object)?;
            }
            O::UNPACK_SEQUENCE => {
                self.pop_object()?;
                self.push_unpacked(arg)?;
            }
            O::UNPACK_EX => {
                self.pop_object()?;
                self.push_unpacked((arg & 0xFF) + 1 + (arg >> 8))?;
            }
            O::CONVERT_VALUE if (1..=3).contains(&arg) => self.replace(1, Kind::Str)?,
            O::FORMAT_SIMPLE => self.replace(1, Kind::Str)?,
            O::FORMAT_WITH_SPEC => {
                self.pop_of(|kind| kind == Kind::Str)?;
                self.replace(1, Kind::Str)?;
            }
            // Calls and functions.
            O::CALL => {
                self.pop_objects(arg)?;
                self.pop_nullable()?;
                self.replace(1, Kind::Any)?;
            }
            O::CALL_KW => {
                let names = self.pop_of(|kind| matches!(kind, Kind::Names(_)))?;
                if !matches!(names, Kind::Names(count) if count <= arg) {
                    return Err("it names more arguments than there are");
                }
                self.pop_objects(arg)?;
                self.pop_nullable()?;
                self.replace(1, Kind::Any)?;
            }
            O::CALL_FUNCTION_EX => {
                self.pop_nullable()?;
                self.pop_object()?;
                self.pop_nullable()?;
                self.replace(1, Kind::Any)?;
            }
            O::CALL_INTRINSIC_1 => self.intrinsic_1(arg)?,
            O::CALL_INTRINSIC_2 => self.intrinsic_2(arg)?,
            O::MAKE_FUNCTION => match self.pop()? {
                Kind::Code(index) => self.push(Kind::Function(index)),
                _ => return Err(WRONG_KIND),
            },
            O::SET_FUNCTION_ATTRIBUTE => {
                let function = self.pop_of(|kind| matches!(kind, Kind::Function(_)))?;
                match arg {
                    // Defaults may come from a variable: the machine looks what they are.
                    1 | 2 | 4 | 16 => self.pop_object()?,
                    8 => self.pop_of(is_tuple)?,
                    _ => return Err(BAD_ARGUMENT),
                };
                self.push(function);
            }
            O::IMPORT_NAME => {
                self.name(arg)?;
                self.replace(2, Kind::Any)?;
            }
            O::IMPORT_FROM => {
                self.name(arg)?;
                self.peek_of(1, Kind::is_object)?;
                self.push(Kind::Any);
            }
            // Jumps.
            O::JUMP_FORWARD | O::JUMP_BACKWARD | O::JUMP_BACKWARD_NO_INTERRUPT => {
                return Ok(Next::Jump);
            }
            O::POP_JUMP_IF_FALSE
            | O::POP_JUMP_IF_TRUE
            | O::POP_JUMP_IF_NONE
            | O::POP_JUMP_IF_NOT_NONE => {
                self.pop_object()?;
                return Ok(Next::Branch);
            }
            O::GET_ITER | O::GET_AITER | O::GET_AWAITABLE | O::GET_YIELD_FROM_ITER => {
                self.replace(1, Kind::Any)?;
            }
            O::FOR_ITER => {
                self.peek_of(1, Kind::is_object)?;
                self.push(Kind::Any);
                return Ok(Next::Loop);
            }
            // Generators.
            O::RETURN_GENERATOR => self.push(Kind::Any),
            O::YIELD_VALUE => {
                // An exception thrown in finds a value in the place of the one given out.
                let lowest = self.lowest;
                self.replace(1, Kind::Any)?;
                self.lowest = lowest;
            }
            O::SEND => {
                self.replace(1, Kind::Any)?;
                self.peek_of(1, Kind::is_object)?;
                return Ok(Next::Branch);
            }
            O::END_SEND => {
                let value = self.pop_object()?;
                self.replace(1, value)?;
            }
            O::CLEANUP_THROW => {
                self.pop_of(is_exception)?;
                self.pop_objects(2)?;
                self.push(Kind::Any);
                self.push(Kind::Any);
            }
            O::GET_ANEXT | O::GET_LEN | O::MATCH_MAPPING | O::MATCH_SEQUENCE => {
                self.peek_of(1, Kind::is_object)?;
                self.push(Kind::Any);
            }
            O::END_ASYNC_FOR => {
                self.pop_of(is_exception)?;
                self.pop_object()?;
            }
            // Patterns.
            O::MATCH_KEYS => {
                self.peek_of(1, is_tuple)?;
                self.peek_of(2, Kind::is_object)?;
                self.push(Kind::Any);
            }
            O::MATCH_CLASS => {
                self.pop_of(|kind| matches!(kind, Kind::Names(_)))?;
                self.replace(2, Kind::Any)?;
            }
            // Exceptions.
            O::PUSH_EXC_INFO => {
                let exception = self.pop_of(is_exception)?;
                self.push(Kind::Handled);
                self.push(exception);
            }
            O::POP_EXCEPT => {
                self.pop_of(maybe_exception)?;
            }
            O::CHECK_EXC_MATCH => {
                self.pop_object()?;
                self.peek_of(1, maybe_exception)?;
                self.push(Kind::Any);
            }
            O::CHECK_EG_MATCH => {
                self.pop_object()?;
                self.pop_of(maybe_exception)?;
                self.push(Kind::Handled);
                self.push(Kind::Handled);
            }
            O::WITH_EXCEPT_START => {
                self.peek_of(1, is_exception)?;
                self.peek_of(5, Kind::is_object)?;
                self.peek_of(4, |kind| kind != Kind::Exhausted)?;
                self.push(Kind::Any);
            }
            O::RAISE_VARARGS if arg <= 2 => {
                self.pop_objects(arg)?;
                return Ok(Next::Leave);
            }
            O::RERAISE => {
                if arg > 0 {
                    let place = arg.checked_add(1).ok_or(BAD_ARGUMENT)?;
                    self.peek_of(place, |kind| kind == Kind::LastI)?;
                }
                self.pop_of(maybe_exception)?;
                return Ok(Next::Leave);
            }
            O::RETURN_VALUE => {
                self.pop_object()?;
                return Ok(Next::Leave);
            }
            opcode if opcode.is_instrumented() || opcode.is_pseudo() || opcode.is_foreign() => {
                return Err("no instruction of stored code");
            }
            O::CACHE | O::RESERVED | O::EXTENDED_ARG => {
                return Err("no instruction that can run");
            }
            O::INTERPRETER_EXIT | O::EXIT_INIT_CHECK | O::ENTER_EXECUTOR => {
                return Err("no instruction of stored code");
            }
            _ => return Err(BAD_ARGUMENT),
        }
        Ok(Next::Follow)
    }

    fn push_unpacked(&mut self, count: u32) -> Result<()> {
        if count > self.code.stacksize {
            return Err("the stack grows beyond the stack size");
        }
        for _ in 0..count {
            self.push(Kind::Any);
        }
        Ok(())
    }

    fn intrinsic_1(&mut self, arg: u32) -> Result<()> {
        self.index_of(arg, INTRINSICS_1)?;
        match arg {
            0 => return Err(BAD_ARGUMENT),
            number::INTRINSIC_LIST_TO_TUPLE => {
                self.pop_of(|kind| kind == Kind::List)?;
                self.push(Kind::Tuple);
            }
            number::INTRINSIC_STOPITERATION_ERROR => {
                self.pop_of(|kind| kind == Kind::Exception)?;
                self.push(Kind::Exception);
            }
            _ => self.replace(1, Kind::Any)?,
        }
        Ok(())
    }

    fn intrinsic_2(&mut self, arg: u32) -> Result<()> {
        self.index_of(arg, INTRINSICS_2)?;
        match arg {
            0 => return Err(BAD_ARGUMENT),
            number::INTRINSIC_PREP_RERAISE_STAR => {
                self.pop_of(|kind| kind == Kind::List)?;
                self.pop_of(|kind| matches!(kind, Kind::Exception | Kind::Handled))?;
                self.push(Kind::Handled);
            }
            number::INTRINSIC_SET_FUNCTION_TYPE_PARAMS => {
                self.pop_object()?;
                let function = self.pop_object()?;
                self.push(function);
            }
            _ => self.replace(2, Kind::Any)?,
        }
        Ok(())
    }
}
