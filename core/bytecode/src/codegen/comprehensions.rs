//! Comprehensions. Those of lists, sets and dicts are compiled into the code
//! around them (PEP 709) unless that is impossible; generator expressions, and
//! the others then, are functions that get the outermost iterator.

use vitrine_scope::{BlockId, Scope};
use vitrine_syntax::tree::{Comprehension, Expr, ExprId, Id, List};

use super::error::Result;
use super::fblock::FBlockKind;
use super::symbols::{Entry, Known};
use super::unit::{ArgCounts, ScopeType};
use super::{Codegen, Table};
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::{Opcode, number};

/// What a comprehension makes, and of what.
#[derive(Clone, Copy)]
enum Element {
    Generator(ExprId),
    List(ExprId),
    Set(ExprId),
    /// Key and value, or what is unpacked.
    Dict(ExprId, Option<ExprId>),
}

/// What there is of the outermost iterator when the clauses begin.
#[derive(Clone, Copy)]
enum Outermost {
    /// It is on the stack.
    Iterator,
    /// What is iterated over is on the stack.
    Iterable,
    /// It is the function's parameter; what is iterated over, if that is the target's way.
    Parameter,
}

/// The `for` clauses of a comprehension, and what they make.
#[derive(Clone, Copy)]
struct Clauses {
    loc: Location,
    generators: List<Comprehension>,
    element: Element,
}

/// What must be undone after an inlined comprehension.
#[derive(Default)]
struct Inlined {
    /// Names whose values wait on the stack.
    pushed: Vec<Box<str>>,
    cleanup: Option<Label>,
    /// Names that are fast locals in the comprehension only.
    hidden: Vec<Box<str>>,
    /// How many overrides of symbols there were before.
    overrides: usize,
}

impl Codegen<'_> {
    pub(super) fn comprehension(&mut self, id: ExprId) -> Result {
        let (name, element, generators) = match self.tree[id] {
            Expr::GeneratorExp { elt, generators } => {
                ("<genexpr>", Element::Generator(elt), generators)
            }
            Expr::ListComp { elt, generators } => ("<listcomp>", Element::List(elt), generators),
            Expr::SetComp { elt, generators } => ("<setcomp>", Element::Set(elt), generators),
            Expr::DictComp {
                key,
                value,
                generators,
            } => ("<dictcomp>", Element::Dict(key, value), generators),
            _ => return self.system_error("no comprehension"),
        };
        let loc = self.loc(id);
        let Some(block) = self.scopes.comprehension(id) else {
            return self.system_error("a comprehension without a block");
        };
        let Some(outermost) = self.tree.list(generators).next() else {
            return self.system_error("a comprehension without a for");
        };
        let clauses = Clauses {
            loc,
            generators,
            element,
        };
        let build = match element {
            Element::Generator(_) => None,
            Element::List(_) => Some(Opcode::BUILD_LIST),
            Element::Set(_) => Some(Opcode::BUILD_SET),
            Element::Dict(..) => Some(Opcode::BUILD_MAP),
        };
        let late = self.switches.comprehensions_iterate;
        if self.scopes[block].comp_inlined {
            self.outermost_iter(outermost)?;
            let mut inlined = self.push_inlined(loc, block);
            if let Some(build) = build {
                self.op_i(loc, build, 0);
                self.op_i(loc, Opcode::SWAP, 2);
            }
            let outermost = if late {
                Outermost::Iterable
            } else {
                Outermost::Iterator
            };
            self.clause(clauses, 0, 0, outermost)?;
            self.pop_inlined(loc, &mut inlined);
            return Ok(());
        }

        let is_async = self.scopes[block].coroutine;
        let counts = ArgCounts {
            args: 1,
            ..ArgCounts::default()
        };
        let entry = Entry::Block(block);
        self.enter_scope(name, ScopeType::Comprehension, entry, self.line(id), counts);
        if let Some(build) = build {
            self.op_i(loc, build, 0);
        }
        if late && build.is_none() {
            let begun = self.begin_generator_expression(outermost);
            self.clause(clauses, 0, 0, Outermost::Iterator)?;
            self.wrap_in_stopiteration_handler(begun);
        } else {
            self.clause(clauses, 0, 0, Outermost::Parameter)?;
            match build {
                Some(_) => self.op(loc, Opcode::RETURN_VALUE),
                None => self.wrap_in_stopiteration_handler(0),
            }
        }
        let code = self.assemble(true)?;
        self.make_closure(loc, code, 0)?;
        self.outermost_iter(outermost)?;
        self.op_i(loc, Opcode::CALL, 0);
        if is_async && build.is_some() {
            self.await_value(loc, 0);
        }
        Ok(())
    }

    /// What the outermost clause iterates over, made where the comprehension stands; and
    /// its iterator, unless the comprehension makes that.
    fn outermost_iter(&mut self, clause: Id<Comprehension>) -> Result {
        self.expr_looked_at(self.tree[clause].iter)?;
        if !self.switches.comprehensions_iterate {
            self.get_iter(clause);
        }
        Ok(())
    }

    fn get_iter(&mut self, clause: Id<Comprehension>) {
        let Comprehension { iter, is_async, .. } = self.tree[clause];
        let opcode = if is_async {
            Opcode::GET_AITER
        } else {
            Opcode::GET_ITER
        };
        self.op(self.place(iter), opcode);
    }

    /// The iterator, and then the generator, of 3.15; the number of instructions so far.
    fn begin_generator_expression(&mut self, outermost: Id<Comprehension>) -> usize {
        let loc = self.place(self.tree[outermost].iter);
        self.op_i(loc, Opcode::LOAD_FAST, 0);
        self.get_iter(outermost);
        let firstlineno = self.unit.firstlineno as i32;
        self.op(Location::line(firstlineno), Opcode::RETURN_GENERATOR);
        self.op(Location::line(firstlineno), Opcode::POP_TOP);
        let begun = self.unit.instructions.instructions().len();
        self.resume(Location::new(firstlineno, firstlineno, 0, 0));
        begun
    }

    /// A generator's own StopIteration becomes a RuntimeError. The generator begins at
    /// the instruction `begun`.
    pub(super) fn wrap_in_stopiteration_handler(&mut self, begun: usize) {
        let handler = self.new_label();
        let setup = handler.number();
        self.unit
            .instructions
            .insert(begun, Opcode::SETUP_CLEANUP, setup, Location::NONE);
        self.load_const(Location::NONE, Const::None);
        self.op(Location::NONE, Opcode::RETURN_VALUE);
        self.use_label(handler);
        self.op_i(
            Location::NONE,
            Opcode::CALL_INTRINSIC_1,
            number::INTRINSIC_STOPITERATION_ERROR,
        );
        self.op_i(Location::NONE, Opcode::RERAISE, 1);
    }

    /// The clause number `at` and all in it. `depth` loops are around it.
    fn clause(&mut self, clauses: Clauses, at: usize, depth: u32, outermost: Outermost) -> Result {
        self.deeper(|this| {
            let Some(clause) = this.tree.list(clauses.generators).nth(at) else {
                return this.comprehension_element(clauses.element, depth);
            };
            if this.tree[clause].is_async {
                this.async_clause(clauses, clause, at, depth, outermost)
            } else {
                this.sync_clause(clauses, clause, at, depth, outermost)
            }
        })
    }

    /// Sees to it that the outermost iterator is on the stack.
    fn outermost(&mut self, clauses: Clauses, clause: Id<Comprehension>, outermost: Outermost) {
        match outermost {
            Outermost::Iterator => {}
            Outermost::Iterable => self.get_iter(clause),
            Outermost::Parameter => {
                self.op_i(clauses.loc, Opcode::LOAD_FAST, 0);
                if self.switches.comprehensions_iterate {
                    self.get_iter(clause);
                }
            }
        }
    }

    /// The end of a loop's iterator.
    pub(super) fn pop_iter(&mut self) {
        let opcode = if self.switches.paths_are_unmarked {
            Opcode::POP_TOP
        } else {
            Opcode::POP_ITER
        };
        self.op(Location::NONE, opcode);
    }

    /// The end of an asynchronous loop, whose `SEND` some targets want to know.
    pub(super) fn end_async_for(&mut self, loc: Location, send: Label) {
        if self.switches.paths_are_unmarked {
            self.op(loc, Opcode::END_ASYNC_FOR_NO_JUMP);
        } else {
            self.jump(loc, Opcode::END_ASYNC_FOR, send);
        }
    }

    /// How many values of the stack a loop's iterator is.
    pub(super) fn iterator_places(&self) -> u32 {
        if self.switches.iterators_take_two_places {
            2
        } else {
            1
        }
    }

    fn sync_clause(
        &mut self,
        clauses: Clauses,
        clause: Id<Comprehension>,
        at: usize,
        mut depth: u32,
        outermost: Outermost,
    ) -> Result {
        let Comprehension {
            target, iter, ifs, ..
        } = self.tree[clause];
        let start = self.new_label();
        let if_cleanup = self.new_label();
        let anchor = self.new_label();
        let iter_loc = self.place(iter);
        let mut is_loop = true;
        if at == 0 {
            self.outermost(clauses, clause, outermost);
        } else if let Some(only) = self.only_item(iter) {
            // `for y in [f(x)]` is an assignment.
            self.expr(only)?;
            is_loop = false;
        } else {
            self.expr_looked_at(iter)?;
            self.op(iter_loc, Opcode::GET_ITER);
        }
        if is_loop {
            depth += self.iterator_places();
            if self.switches.iterates_twice {
                self.op(iter_loc, Opcode::GET_ITER);
            }
            self.use_label(start);
            self.jump(iter_loc, Opcode::FOR_ITER, anchor);
        }
        self.expr(target)?;
        for condition in self.tree.list(ifs) {
            self.jump_if(condition, if_cleanup, false)?;
        }
        self.clause(clauses, at + 1, depth, Outermost::Parameter)?;

        self.use_label(if_cleanup);
        if is_loop {
            self.jump(self.element_loc(clauses, at), Opcode::JUMP, start);
            self.use_label(anchor);
            self.op(Location::NONE, Opcode::END_FOR);
            self.pop_iter();
        }
        Ok(())
    }

    fn async_clause(
        &mut self,
        clauses: Clauses,
        clause: Id<Comprehension>,
        at: usize,
        depth: u32,
        outermost: Outermost,
    ) -> Result {
        let Comprehension {
            target, iter, ifs, ..
        } = self.tree[clause];
        let loc = clauses.loc;
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let if_cleanup = self.new_label();
        if at == 0 {
            self.outermost(clauses, clause, outermost);
        } else {
            self.expr_looked_at(iter)?;
            self.get_iter(clause);
        }
        self.use_label(start);
        let none = self.no_label();
        self.push_fblock(loc, FBlockKind::AsyncComprehensionGenerator, start, none)?;
        self.jump(loc, Opcode::SETUP_FINALLY, except);
        self.op(loc, Opcode::GET_ANEXT);
        self.first_send(loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.op(loc, Opcode::POP_BLOCK);
        self.expr(target)?;
        for condition in self.tree.list(ifs) {
            self.jump_if(condition, if_cleanup, false)?;
        }
        self.clause(clauses, at + 1, depth + 1, Outermost::Parameter)?;

        self.use_label(if_cleanup);
        self.jump(self.element_loc(clauses, at), Opcode::JUMP, start);
        self.pop_fblock();
        self.use_label(except);
        self.end_async_for(loc, send);
        Ok(())
    }

    /// Where the loop's jump back is: the element, of a dict item only its key
    /// unless the clause is the innermost.
    fn element_loc(&self, clauses: Clauses, at: usize) -> Location {
        let innermost = at + 1 == self.tree.len(clauses.generators);
        match clauses.element {
            Element::Generator(elt) | Element::List(elt) | Element::Set(elt) => self.place(elt),
            Element::Dict(key, Some(value)) if innermost => self.item_loc(key, value),
            Element::Dict(key, _) => self.place(key),
        }
    }

    fn item_loc(&self, key: ExprId, value: ExprId) -> Location {
        let (key, value) = (self.place(key), self.place(value));
        Location::new(key.line, value.end_line, key.column, value.end_column)
    }

    fn comprehension_element(&mut self, element: Element, depth: u32) -> Result {
        match element {
            Element::Generator(elt) if let Expr::Starred { value, .. } = self.tree[elt] => {
                self.expr(value)?;
                self.yield_each(self.loc(elt));
            }
            Element::List(elt) | Element::Set(elt)
                if let Expr::Starred { value, .. } = self.tree[elt] =>
            {
                self.expr(value)?;
                let extend = match element {
                    Element::List(_) => Opcode::LIST_EXTEND,
                    _ => Opcode::SET_UPDATE,
                };
                self.op_i(self.loc(elt), extend, depth + 1);
            }
            Element::Dict(unpacked, None) => {
                self.expr(unpacked)?;
                self.op_i(self.loc(unpacked), Opcode::DICT_UPDATE, depth + 1);
            }
            Element::Generator(elt) => {
                self.expr(elt)?;
                let loc = self.place(elt);
                self.yield_value(loc);
                self.op(loc, Opcode::POP_TOP);
            }
            Element::List(elt) => {
                self.expr(elt)?;
                self.op_i(self.place(elt), Opcode::LIST_APPEND, depth + 1);
            }
            Element::Set(elt) => {
                self.expr(elt)?;
                self.op_i(self.place(elt), Opcode::SET_ADD, depth + 1);
            }
            Element::Dict(key, Some(value)) => {
                self.expr(key)?;
                self.expr(value)?;
                self.op_i(self.item_loc(key, value), Opcode::MAP_ADD, depth + 1);
            }
        }
        Ok(())
    }

    /// Yields what is in the iterable on top, one by one.
    fn yield_each(&mut self, loc: Location) {
        let (start, end) = (self.new_label(), self.new_label());
        self.op(loc, Opcode::GET_ITER);
        self.use_label(start);
        self.jump(loc, Opcode::FOR_ITER, end);
        self.yield_value(loc);
        self.op(loc, Opcode::POP_TOP);
        self.jump(Location::NONE, Opcode::JUMP, start);
        self.use_label(end);
        self.op(Location::NONE, Opcode::END_FOR);
        self.pop_iter();
    }

    fn only_item(&self, iter: ExprId) -> Option<ExprId> {
        let (Expr::List { elts, .. } | Expr::Tuple { elts, .. }) = self.tree[iter] else {
            return None;
        };
        if self.constant_items(elts).is_some() {
            return None;
        }
        let mut elts = self.tree.list(elts);
        let only = elts.next().filter(|_| elts.next().is_none())?;
        (!matches!(self.tree[only], Expr::Starred { .. })).then_some(only)
    }

    // Inlining.

    /// Makes room for the comprehension's names: their values outside go on the
    /// stack, and the symbols mean what they mean inside.
    fn push_inlined(&mut self, loc: Location, block: BlockId) -> Inlined {
        let in_class = self.unit.traits.class && self.unit.in_inlined_comprehension == 0;
        self.unit.in_inlined_comprehension += 1;
        let mut state = Inlined {
            overrides: self.unit.overrides.len(),
            ..Inlined::default()
        };
        let symbols: Vec<(Box<str>, Known)> = self.scopes[block]
            .symbols()
            .iter()
            // A constant is no name.
            .filter(|symbol| self.scopes.text(self.tree, symbol.name) != "__debug__")
            .map(|symbol| {
                (
                    self.scopes.text(self.tree, symbol.name).into(),
                    Known::of(*symbol),
                )
            })
            .collect();
        let all_local = in_class && self.switches.comprehensions_hide_all_names;
        let is_local = |inside: &Known| all_local || inside.bound_here();
        for (name, inside) in &symbols {
            let outside = self.symbol(name).scope;
            // A name free inside is treated as around it; a cell inside that is
            // free outside stays free: both are reached through cells.
            let differs = inside.scope != outside
                && inside.scope != Some(Scope::Free)
                && !(inside.scope == Some(Scope::Cell) && outside == Some(Scope::Free));
            if differs || in_class {
                self.unit.overrides.push((name.clone(), *inside));
            }
            if is_local(inside)
                && !self.unit.traits.function_like
                && self.unit.set_hidden(name, true)
            {
                state.hidden.push(name.clone());
            }
        }
        for (name, inside) in &symbols {
            if !is_local(inside) {
                continue;
            }
            let name = name.clone();
            let outside = self.symbol(&name).scope;
            // Of a cell this pushes the cell itself; the comprehension gets a new one.
            self.op_raw_name(loc, Opcode::LOAD_FAST_AND_CLEAR, &name, Table::Locals);
            if inside.scope == Some(Scope::Cell) {
                let table = if outside == Some(Scope::Free) {
                    Table::Free
                } else {
                    Table::Cells
                };
                self.op_raw_name(loc, Opcode::MAKE_CELL, &name, table);
            }
            state.pushed.push(name);
        }
        if !state.pushed.is_empty() {
            // The iterator goes back on top.
            self.op_i(loc, Opcode::SWAP, state.pushed.len() as u32 + 1);
            let cleanup = self.new_label();
            state.cleanup = Some(cleanup);
            self.jump(loc, Opcode::SETUP_FINALLY, cleanup);
        }
        state
    }

    fn pop_inlined(&mut self, loc: Location, state: &mut Inlined) {
        if let Some(cleanup) = state.cleanup {
            self.op(Location::NONE, Opcode::POP_BLOCK);
            let end = self.new_label();
            self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);

            // After an exception: the unfinished result is under it.
            self.use_label(cleanup);
            self.op_i(Location::NONE, Opcode::SWAP, 2);
            self.op(Location::NONE, Opcode::POP_TOP);
            self.restore_inlined(loc, &state.pushed);
            self.op_i(Location::NONE, Opcode::RERAISE, 0);

            self.use_label(end);
            self.restore_inlined(loc, &state.pushed);
        }
        self.unit.in_inlined_comprehension -= 1;
        self.unit.overrides.truncate(state.overrides);
        for name in &state.hidden {
            self.unit.set_hidden(name, false);
        }
    }

    fn restore_inlined(&mut self, loc: Location, pushed: &[Box<str>]) {
        self.op_i(loc, Opcode::SWAP, pushed.len() as u32 + 1);
        for name in pushed.iter().rev() {
            self.op_raw_name(loc, Opcode::STORE_FAST_MAYBE_NULL, name, Table::Locals);
        }
    }
}
