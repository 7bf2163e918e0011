//! Programs made from Python's grammar: the same for the same seed, and nearly
//! all of them valid.
//!
//! Every kind of statement, expression and pattern comes, nested at random, laid
//! out over lines at random; what the language forbids (a `return` in a class, a
//! name both global and parameter) is not written in the first place.

mod constants;
mod expressions;
mod mutate;
mod patterns;
mod statements;

pub use mutate::mutate;

/// A small generator of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// What may be written at a place.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Place {
    /// In a function, so that `return` is allowed.
    function: bool,
    /// `return` with a value is allowed.
    returns: bool,
    /// `yield` is allowed.
    yields: bool,
    /// `yield from` is allowed.
    yields_from: bool,
    /// `await` and asynchronous comprehensions are allowed.
    awaits: bool,
    /// `async for` and `async with` are allowed.
    asynchronous: bool,
    /// `break` and `continue` are allowed.
    in_loop: bool,
    /// `:=` is allowed.
    walrus: bool,
    /// Right in a class body.
    class: bool,
    /// At module level.
    module: bool,
    /// Within an `except*`, which neither `return` nor an outer `break` may leave.
    in_group: bool,
}

/// A function around the place, for `nonlocal`.
struct Scope {
    /// Names that are surely bound there, and not declared global.
    bound: Vec<String>,
}

/// What is being written.
struct Writer {
    random: Random,
    text: String,
    indent: usize,
    /// How much more may be written; below 0 only the simplest things are.
    budget: i32,
    place: Place,
    scopes: Vec<Scope>,
    /// Comprehensions around the place.
    comprehensions: usize,
    /// Where an expression may go on in the next line.
    brackets: usize,
}

impl Writer {
    fn new(seed: u64, budget: i32) -> Self {
        Self {
            random: Random::new(seed),
            text: String::new(),
            indent: 0,
            budget,
            place: Place {
                module: true,
                walrus: true,
                ..Place::default()
            },
            scopes: Vec::new(),
            comprehensions: 0,
            brackets: 0,
        }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Runs with another place, and comes back to this one.
    fn at(&mut self, place: Place, write: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.place, place);
        write(self);
        self.place = before;
    }

    /// Something in brackets, in which lines may end anywhere.
    fn within(&mut self, open: &str, close: &str, write: impl FnOnce(&mut Self)) {
        self.put(open);
        self.brackets += 1;
        self.may_break();
        write(self);
        self.may_break();
        self.brackets -= 1;
        self.put(close);
    }

    /// A space, or within brackets now and then a new line.
    fn may_break(&mut self) {
        if self.brackets > 0 && self.random.one_in(12) {
            let spaces = self.random.below(8);
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', spaces));
        }
    }

    fn comma(&mut self) {
        self.put(",");
        if self.random.one_in(4) {
            self.put(" ");
        }
        self.may_break();
    }

    /// A variable's name, some of them not in ASCII.
    fn name(&mut self) -> &'static str {
        const NAMES: &[&str] = &[
            "a",
            "b",
            "c",
            "d",
            "e",
            "x",
            "y",
            "z",
            "self",
            "cls",
            "f",
            "g",
            "print",
            "super",
            "é",
            "名",
            "_",
            "__p",
            "__doc__",
            "__class__",
            "__debug__",
            "tuple",
        ];
        let name = self.random.pick(NAMES);
        if self.place.class && name == "__class__" {
            return "x";
        }
        name
    }

    /// A name that may be bound.
    fn target_name(&mut self) -> &'static str {
        const NAMES: &[&str] = &["a", "b", "c", "d", "e", "x", "y", "z", "é", "_", "__p"];
        self.random.pick(NAMES)
    }

    fn attribute(&mut self) -> &'static str {
        const NAMES: &[&str] = &[
            "a",
            "b",
            "real",
            "append",
            "__p",
            "__class__",
            "é",
            "long_attribute_name",
        ];
        self.random.pick(NAMES)
    }
}

/// A program for `exec`.
pub fn program(seed: u64) -> String {
    let mut writer = Writer::new(seed, 0);
    writer.budget = 20 + writer.random.below(60) as i32;
    writer.module();
    writer.text
}

/// An expression for `eval`.
pub fn expression(seed: u64) -> String {
    let mut writer = Writer::new(seed, 12);
    writer.expression();
    writer.text
}

/// A statement for `single`.
pub fn interactive(seed: u64) -> String {
    let mut writer = Writer::new(seed, 12);
    writer.statement();
    writer.text.push('\n');
    writer.text
}
