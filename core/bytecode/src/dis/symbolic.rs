//! What is on the stack before and after each instruction, in the words of the source:
//! `vitrine dis --stack`.
//!
//! One path is followed to each instruction, the first found; where the contents of the
//! stack depend on the path taken, those of this one are shown. Code that makes no
//! sense gives as much as can be followed.

use std::collections::{HashMap, VecDeque};

use super::instructions::{Instruction, instructions};
use crate::code::{CodeObject, LocalKind};
use crate::exception_table;
use crate::opcode::Opcode;
use crate::target::Target;

/// The stack around an instruction, the top last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackContents {
    /// Before it.
    pub before: Vec<String>,
    /// After it, where control goes on to the next instruction; `None` where it never does.
    pub after: Option<Vec<String>>,
}

/// Longer expressions are cut: an entry is a label, not a program.
const LONGEST: usize = 40;

/// Deeper stacks are not followed, which no compiler needs.
const DEEPEST: usize = 4096;

/// The stack's contents around each instruction that can be reached, by offset.
pub fn stack_contents(code: &CodeObject, target: Target) -> HashMap<u32, StackContents> {
    let instructions = instructions(code, target);
    let two_places = target.switches().iterators_take_two_places;
    let index_of: HashMap<u32, usize> = instructions
        .iter()
        .enumerate()
        .flat_map(|(index, instruction)| {
            [
                (instruction.offset, index),
                (instruction.start_offset, index),
            ]
        })
        .collect();
    let mut found = HashMap::with_capacity(instructions.len());
    let mut todo = VecDeque::from([(0, Vec::new())]);
    let handlers: Vec<_> = exception_table::decode(&code.exceptiontable).collect();
    let mut handled = vec![false; handlers.len()];
    while let Some((mut index, mut stack)) = todo.pop_front() {
        while let Some(instruction) = instructions.get(index) {
            if found.contains_key(&instruction.offset) || stack.len() > DEEPEST {
                break;
            }
            // A handler is entered with what lay below the `try`.
            let unit = instruction.offset / 2;
            for (handler, handled) in handlers.iter().zip(&mut handled) {
                let depth = handler.depth as usize;
                if *handled || !(handler.start..handler.end).contains(&unit) || depth > stack.len()
                {
                    continue;
                }
                *handled = true;
                let mut entered: Vec<String> = stack[..depth].to_vec();
                if handler.lasti {
                    entered.push("<lasti>".to_owned());
                }
                entered.push("<exception>".to_owned());
                if let Some(&target) = index_of.get(&handler.target.saturating_mul(2)) {
                    todo.push_back((target, entered));
                }
            }
            let before = stack.clone();
            let Some(opcode) = instruction.opcode else {
                found.insert(
                    instruction.offset,
                    StackContents {
                        before,
                        after: None,
                    },
                );
                break;
            };
            let jumped = jump_stack(instruction, opcode, &stack);
            match opcode {
                // The second place of an iterator, an index or NULL, is the one on top.
                Opcode::POP_ITER if two_places => {
                    stack.truncate(stack.len().saturating_sub(2));
                }
                Opcode::END_SEND if two_places => {
                    let value = stack.pop();
                    stack.truncate(stack.len().saturating_sub(2));
                    stack.extend(value);
                }
                Opcode::FOR_ITER if two_places => {
                    let iterator = stack.len().checked_sub(2).map(|at| stack[at].clone());
                    let iterator = iterator.unwrap_or_default();
                    stack.push(cut(format!("next({iterator})")));
                }
                Opcode::CALL_FUNCTION_EX if target.switches().calls_say_keywords => {
                    if instruction.arg.unwrap_or(0) & 1 == 0 {
                        stack.push("NULL".to_owned());
                    }
                    step(code, instruction, opcode, &mut stack);
                }
                _ => step(code, instruction, opcode, &mut stack),
            }
            if two_places && opcode == Opcode::GET_ITER {
                stack.push("index|NULL".to_owned());
            }
            if opcode != Opcode::END_ASYNC_FOR
                && let Some(target) = instruction.jump_target.and_then(|at| index_of.get(&at))
            {
                todo.push_back((*target, jumped.unwrap_or_else(|| stack.clone())));
            }
            let goes_on = !opcode.is_unconditional_jump() && !opcode.is_scope_exit();
            found.insert(
                instruction.offset,
                StackContents {
                    before,
                    after: goes_on.then(|| stack.clone()),
                },
            );
            if !goes_on {
                break;
            }
            index += 1;
        }
    }
    found
}

/// The stack at the target where it differs from the one behind the instruction.
fn jump_stack(_: &Instruction, opcode: Opcode, stack: &[String]) -> Option<Vec<String>> {
    (opcode == Opcode::FOR_ITER).then(|| {
        let mut stack = stack.to_vec();
        stack.push("<exhausted>".to_owned());
        stack
    })
}

fn cut(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut short: String = text.chars().take(LONGEST - 3).collect();
    short.push_str("...");
    short
}

/// Parentheses around what would read otherwise as an operand.
fn operand(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_.'\"()[]<>".contains(c);
    let reads_as_one = text.ends_with(')') && !text.contains(' ') || text.ends_with("...");
    if reads_as_one || text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

struct Stack<'a>(&'a mut Vec<String>);

impl Stack<'_> {
    fn pop(&mut self) -> String {
        self.0.pop().unwrap_or_else(|| "?".to_owned())
    }

    fn take(&mut self, count: usize) -> Vec<String> {
        let missing = count.saturating_sub(self.0.len()).min(DEEPEST);
        let mut taken = vec!["?".to_owned(); missing];
        let rest = self.0.len().saturating_sub(count);
        taken.extend(self.0.drain(rest..));
        taken
    }

    fn push(&mut self, text: impl Into<String>) {
        self.0.push(cut(text.into()));
    }
}

#[allow(clippy::too_many_lines)]
fn step(code: &CodeObject, instruction: &Instruction, opcode: Opcode, stack: &mut Vec<String>) {
    use Opcode as O;
    let arg = instruction.arg.unwrap_or(0);
    let repr = instruction.argrepr.as_str();
    // Names are shown with what is pushed beside them.
    let name = repr.split(" + NULL").next().unwrap_or(repr);
    let local = |index: u32| {
        let name = code.localsplusnames.get(index as usize);
        name.map_or_else(|| "?".to_owned(), ToString::to_string)
    };
    let is_cell = |index: u32| {
        let kind = code.localspluskinds.get(index as usize);
        kind.is_some_and(|kind| kind & (LocalKind::CELL | LocalKind::FREE) != 0)
    };
    let depth = stack.len();
    let mut stack = Stack(stack);
    match opcode {
        O::LOAD_FAST | O::LOAD_FAST_BORROW | O::LOAD_FAST_CHECK if is_cell(arg) => {
            stack.push(format!("<cell {}>", local(arg)));
        }
        O::LOAD_FAST
        | O::LOAD_FAST_BORROW
        | O::LOAD_FAST_CHECK
        | O::LOAD_FAST_AND_CLEAR
        | O::LOAD_DEREF => stack.push(local(arg)),
        O::LOAD_FAST_LOAD_FAST | O::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            stack.push(local(arg >> 4));
            stack.push(local(arg & 15));
        }
        O::STORE_FAST_LOAD_FAST => {
            stack.pop();
            stack.push(local(arg & 15));
        }
        O::LOAD_NAME | O::LOAD_COMMON_CONSTANT => stack.push(name),
        O::LOAD_ASSERTION_ERROR => stack.push("AssertionError"),
        O::BEFORE_WITH | O::BEFORE_ASYNC_WITH => {
            let manager = operand(&stack.pop());
            stack.push(format!("{manager}.__exit__"));
            stack.push(format!("{manager}.__enter__()"));
        }
        O::BINARY_SUBSCR => {
            let (key, container) = (stack.pop(), operand(&stack.pop()));
            stack.push(format!("{container}[{key}]"));
        }
        O::BUILD_CONST_KEY_MAP => {
            let keys = stack.pop();
            let values = stack.take(arg as usize);
            stack.push(format!("{{{keys}: {}}}", values.join(", ")));
        }
        O::LOAD_CONST => {
            let shown = match repr.strip_prefix("<code object ") {
                Some(rest) => format!("<code {}>", rest.split(' ').next().unwrap_or(rest)),
                None => repr.to_owned(),
            };
            stack.push(shown);
        }
        O::LOAD_SMALL_INT => stack.push(arg.to_string()),
        O::LOAD_GLOBAL => {
            stack.push(name);
            if arg & 1 != 0 {
                stack.push("NULL");
            }
        }
        O::PUSH_NULL => stack.push("NULL"),
        O::LOAD_ATTR => {
            let object = operand(&stack.pop());
            stack.push(format!("{object}.{name}"));
            if arg & 1 != 0 {
                stack.push(if object == "?" {
                    "NULL|self".to_owned()
                } else {
                    format!("NULL|{object}")
                });
            }
        }
        O::LOAD_SUPER_ATTR => {
            stack.take(3);
            stack.push(format!("super().{name}"));
            if arg & 1 != 0 {
                stack.push("NULL|self");
            }
        }
        O::LOAD_SPECIAL => {
            let object = operand(&stack.pop());
            stack.push(format!("{object}.{name}"));
            stack.push("NULL|self");
        }
        O::BINARY_OP => {
            let (right, left) = (stack.pop(), stack.pop());
            stack.push(match repr {
                "[]" => format!("{}[{right}]", operand(&left)),
                _ => format!("{} {repr} {}", operand(&left), operand(&right)),
            });
        }
        O::COMPARE_OP | O::CONTAINS_OP | O::IS_OP => {
            let (right, left) = (stack.pop(), stack.pop());
            let operator = repr.trim_start_matches("bool(").trim_end_matches(')');
            stack.push(format!("{} {operator} {}", operand(&left), operand(&right)));
        }
        O::BINARY_SLICE => {
            let parts = stack.take(3);
            stack.push(format!("{}[{}:{}]", operand(&parts[0]), parts[1], parts[2]));
        }
        O::UNARY_NOT | O::UNARY_NEGATIVE | O::UNARY_INVERT => {
            let value = operand(&stack.pop());
            let operator = match opcode {
                O::UNARY_NOT => "not ",
                O::UNARY_NEGATIVE => "-",
                _ => "~",
            };
            stack.push(format!("{operator}{value}"));
        }
        O::TO_BOOL => {
            let value = stack.pop();
            stack.push(format!("bool({value})"));
        }
        O::BUILD_LIST => {
            let items = stack.take(arg as usize);
            stack.push(format!("[{}]", items.join(", ")));
        }
        O::BUILD_SET => {
            let items = stack.take(arg as usize);
            stack.push(if items.is_empty() {
                "set()".to_owned()
            } else {
                format!("{{{}}}", items.join(", "))
            });
        }
        O::BUILD_TUPLE => {
            let items = stack.take(arg as usize);
            let comma = if items.len() == 1 { "," } else { "" };
            stack.push(format!("({}{comma})", items.join(", ")));
        }
        O::BUILD_MAP => {
            let items = stack.take(arg as usize * 2);
            let pairs: Vec<String> = items.chunks(2).map(|pair| pair.join(": ")).collect();
            stack.push(format!("{{{}}}", pairs.join(", ")));
        }
        O::BUILD_SLICE => {
            let parts = stack.take(arg as usize);
            stack.push(format!("slice({})", parts.join(", ")));
        }
        O::BUILD_STRING => {
            let parts = stack.take(arg as usize);
            stack.push(parts.join(" & "));
        }
        O::CALL | O::CALL_KW => {
            let names = (opcode == O::CALL_KW).then(|| stack.pop());
            let args = stack.take(arg as usize);
            stack.pop();
            let callable = operand(&stack.pop());
            let keywords = names.map_or_else(String::new, |names| format!(", names {names}"));
            stack.push(format!("{callable}({}{keywords})", args.join(", ")));
        }
        O::CALL_FUNCTION_EX => {
            let (keywords, args) = (stack.pop(), stack.pop());
            stack.pop();
            let callable = operand(&stack.pop());
            let keywords = if keywords == "NULL" {
                String::new()
            } else {
                format!(", **{keywords}")
            };
            stack.push(format!("{callable}(*{args}{keywords})"));
        }
        O::CALL_INTRINSIC_1 => {
            let value = stack.pop();
            stack.push(format!(
                "{}({value})",
                repr.trim_start_matches("INTRINSIC_").to_lowercase()
            ));
        }
        O::MAKE_FUNCTION => {
            let code = stack.pop();
            let name = code
                .trim_start_matches("<code ")
                .trim_end_matches('>')
                .to_owned();
            stack.push(format!("<function {name}>"));
        }
        O::SET_FUNCTION_ATTRIBUTE => {
            let function = stack.pop();
            stack.pop();
            stack.push(function);
        }
        O::GET_ITER => {
            let iterable = stack.pop();
            stack.push(format!("iter({iterable})"));
        }
        O::FOR_ITER => {
            let iterator = stack.0.last().cloned().unwrap_or_default();
            stack.push(format!("next({iterator})"));
        }
        O::GET_LEN => {
            let value = stack.0.last().cloned().unwrap_or_default();
            stack.push(format!("len({value})"));
        }
        O::FORMAT_SIMPLE => {
            let value = stack.pop();
            stack.push(format!("format({value})"));
        }
        O::FORMAT_WITH_SPEC => {
            let (spec, value) = (stack.pop(), stack.pop());
            stack.push(format!("format({value}, {spec})"));
        }
        O::CONVERT_VALUE => {
            let value = stack.pop();
            stack.push(format!("{repr}({value})"));
        }
        O::UNPACK_SEQUENCE => {
            let sequence = operand(&stack.pop());
            for index in (0..arg.min(256)).rev() {
                stack.push(format!("{sequence}[{index}]"));
            }
        }
        O::IMPORT_NAME => {
            stack.take(2);
            stack.push(format!("<module {name}>"));
        }
        O::IMPORT_FROM => {
            let module = stack.0.last().cloned().unwrap_or_default();
            stack.push(format!("{module}.{name}"));
        }
        O::COPY => {
            let index = depth.checked_sub(arg as usize);
            let value = index.and_then(|index| stack.0.get(index).cloned());
            stack.push(value.unwrap_or_else(|| "?".to_owned()));
        }
        O::SWAP => {
            if let Some(other) = depth.checked_sub(arg as usize)
                && depth > 0
                && other < depth
            {
                stack.0.swap(depth - 1, other);
            }
        }
        O::PUSH_EXC_INFO => {
            let exception = stack.pop();
            stack.push("<handled before>");
            stack.push(exception);
        }
        O::CHECK_EXC_MATCH => {
            let class = stack.pop();
            stack.push(format!("matches {class}"));
        }
        O::LOAD_BUILD_CLASS => stack.push("__build_class__"),
        O::LOAD_LOCALS => stack.push("locals()"),
        O::YIELD_VALUE => {
            stack.pop();
            stack.push("<sent>");
        }
        O::RETURN_GENERATOR => stack.push("<generator>"),
        // What is added to stays as it is.
        O::LIST_APPEND
        | O::LIST_EXTEND
        | O::SET_ADD
        | O::SET_UPDATE
        | O::DICT_UPDATE
        | O::DICT_MERGE => {
            stack.pop();
        }
        O::MAP_ADD => {
            stack.take(2);
        }
        O::END_SEND => {
            let value = stack.pop();
            stack.pop();
            stack.push(value);
        }
        _ => {
            let popped = opcode.num_popped(arg).min(DEEPEST as u32) as usize;
            let pushed = opcode.num_pushed(arg).min(DEEPEST as u32) as usize;
            let kept = popped.min(pushed).min(stack.0.len());
            // An instruction that looks at values and leaves them keeps them.
            if popped <= pushed && keeps_what_it_looks_at(opcode) {
                for _ in kept..pushed {
                    stack.push(format!("<{}>", opcode.name().to_lowercase()));
                }
                return;
            }
            stack.take(popped);
            for _ in 0..pushed {
                stack.push(format!("<{}>", opcode.name().to_lowercase()));
            }
        }
    }
}

fn keeps_what_it_looks_at(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::GET_ANEXT
            | Opcode::MATCH_KEYS
            | Opcode::MATCH_MAPPING
            | Opcode::MATCH_SEQUENCE
            | Opcode::WITH_EXCEPT_START
    )
}
