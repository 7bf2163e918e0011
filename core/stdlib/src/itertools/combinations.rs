//! `product`, `permutations`, `combinations`, `combinations_with_replacement`:
//! tuples by index, in lexicographic order.

use vitrine_vm::object::{Args, Guarded, Payload, Ref, Signature, Slots, Ty, TypeDef, Visitor};
use vitrine_vm::{PyResult, Vm};

use super::{ITERATOR, Params, bound, params, required};

pub(super) const TYPES: &[TypeDef] = &[
    TypeDef {
        name: "product",
        doc: "product(*iterables, repeat=1)\n--\n\nReturn the tuples that nested loops would give.",
        slots: Slots {
            new: Some(new_product),
            iternext: Some(next),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "permutations",
        doc: "permutations(iterable, r=None)\n--\n\nReturn the ordered selections of r items.",
        slots: Slots {
            new: Some(new_permutations),
            iternext: Some(next),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "combinations",
        doc: "combinations(iterable, r)\n--\n\nReturn the selections of r items.",
        slots: Slots {
            new: Some(new_combinations),
            iternext: Some(next),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "combinations_with_replacement",
        doc: "combinations_with_replacement(iterable, r)\n--\n\nReturn the selections of r items that may repeat.",
        slots: Slots {
            new: Some(new_replacing),
            iternext: Some(next),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
];

/// How the indices move on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Product,
    Permutations,
    Combinations,
    Replacing,
}

/// Which items the next tuple has.
struct Indices {
    /// One a place of the tuple; for permutations one an item.
    at: Vec<usize>,
    /// For permutations: how many turns each place still has.
    turns: Vec<usize>,
    started: bool,
    over: bool,
}

struct Selection {
    rule: Rule,
    /// One pool a place for products, else one pool for all.
    pools: Vec<Vec<Ref>>,
    length: usize,
    indices: Guarded<Indices>,
}

impl Payload for Selection {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for item in self.pools.iter().flatten() {
            visitor.visit(item);
        }
    }
}

fn new_product(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(*iterables, repeat=1)"));
    let mut given = bound(vm, &PARAMS, "product", args)?;
    let repeat = match &given[0] {
        Some(repeat) => vm.index_isize(repeat, "repeat")?,
        None => 1,
    };
    let Ok(repeat) = usize::try_from(repeat) else {
        return Err(vm.value_error("repeat argument cannot be negative"));
    };
    let iterables = required(&mut given, 1);
    let mut once = Vec::new();
    for iterable in iterables
        .as_tuple()
        .into_iter()
        .flat_map(|tuple| tuple.iter())
    {
        once.push(vm.collect(iterable)?);
    }
    let places = once.len().saturating_mul(repeat);
    let items = once
        .iter()
        .map(Vec::len)
        .sum::<usize>()
        .saturating_mul(repeat);
    vm.check_memory(places.saturating_add(items).saturating_mul(16))?;
    vm.charge(places)?;
    let pools: Vec<_> = (0..repeat).flat_map(|_| once.iter().cloned()).collect();
    let over = pools.iter().any(Vec::is_empty);
    make(
        vm,
        ty,
        Rule::Product,
        pools,
        places,
        Indices {
            at: vec![0; places],
            turns: Vec::new(),
            started: false,
            over,
        },
    )
}

fn make(
    vm: &mut Vm,
    ty: Ty,
    rule: Rule,
    pools: Vec<Vec<Ref>>,
    length: usize,
    indices: Indices,
) -> PyResult {
    let indices = Guarded::new(indices);
    Ok(vm.new_object(
        ty,
        Selection {
            rule,
            pools,
            length,
            indices,
        },
    ))
}

static PARAMS: Params = params(|| Signature::parse("(iterable, r)"));

/// The pool and the length of `name(iterable, r)`.
fn pool_and_length(vm: &mut Vm, name: &str, args: Args<'_>) -> PyResult<(Vec<Ref>, usize)> {
    let mut given = bound(vm, &PARAMS, name, args)?;
    let pool = vm.collect(&required(&mut given, 0))?;
    let length = vm.index_isize(&required(&mut given, 1), "r")?;
    match usize::try_from(length) {
        Ok(length) => Ok((pool, length)),
        Err(_) => Err(vm.value_error("r must be non-negative")),
    }
}

fn new_permutations(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, r=None)"));
    let mut given = bound(vm, &PARAMS, "permutations", args)?;
    let pool = vm.collect(&required(&mut given, 0))?;
    let length = match given[1].take().filter(|length| !length.is_none()) {
        None => pool.len() as isize,
        Some(length) if vm.int_value(&length).is_some() => vm.index_isize(&length, "r")?,
        Some(_) => return Err(vm.type_error("Expected int as r")),
    };
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("r must be non-negative"));
    };
    let n = pool.len();
    let over = length > n;
    let turns = if over {
        Vec::new()
    } else {
        (0..length).map(|place| n - place).collect()
    };
    make(
        vm,
        ty,
        Rule::Permutations,
        vec![pool],
        length,
        Indices {
            at: (0..n).collect(),
            turns,
            started: false,
            over,
        },
    )
}

fn new_combinations(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let (pool, length) = pool_and_length(vm, "combinations", args)?;
    let over = length > pool.len();
    let at = if over {
        Vec::new()
    } else {
        (0..length).collect()
    };
    make(
        vm,
        ty,
        Rule::Combinations,
        vec![pool],
        length,
        Indices {
            at,
            turns: Vec::new(),
            started: false,
            over,
        },
    )
}

fn new_replacing(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let (pool, length) = pool_and_length(vm, "combinations_with_replacement", args)?;
    vm.check_memory(length.saturating_mul(16))?;
    let over = pool.is_empty() && length > 0;
    let at = if over { Vec::new() } else { vec![0; length] };
    make(
        vm,
        ty,
        Rule::Replacing,
        vec![pool],
        length,
        Indices {
            at,
            turns: Vec::new(),
            started: false,
            over,
        },
    )
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let selection: &Selection = this.payload();
    vm.charge(1 + selection.length / 8)?;
    let indices = selection.indices.get_mut(vm);
    if indices.over {
        return Ok(None);
    }
    if indices.started && !selection.move_on(indices) {
        indices.over = true;
        return Ok(None);
    }
    indices.started = true;
    let pool = |place: usize| {
        &selection.pools[if selection.rule == Rule::Product {
            place
        } else {
            0
        }]
    };
    let items = indices.at.iter().take(selection.length).enumerate();
    let items = items
        .map(|(place, &index)| pool(place)[index].clone())
        .collect();
    Ok(Some(vm.new_tuple(items)))
}

impl Selection {
    /// Moves to the next tuple; false after the last.
    fn move_on(&self, Indices { at, turns, .. }: &mut Indices) -> bool {
        let n = self.pools.first().map_or(0, Vec::len);
        match self.rule {
            Rule::Product => {
                for place in (0..at.len()).rev() {
                    at[place] += 1;
                    if at[place] < self.pools[place].len() {
                        return true;
                    }
                    at[place] = 0;
                }
                false
            }
            Rule::Combinations => {
                let Some(place) = (0..self.length)
                    .rev()
                    .find(|&place| at[place] != place + n - self.length)
                else {
                    return false;
                };
                at[place] += 1;
                for later in place + 1..self.length {
                    at[later] = at[later - 1] + 1;
                }
                true
            }
            Rule::Replacing => {
                let Some(place) = (0..self.length).rev().find(|&place| at[place] + 1 != n) else {
                    return false;
                };
                let index = at[place] + 1;
                at[place..].fill(index);
                true
            }
            Rule::Permutations => {
                for place in (0..self.length).rev() {
                    turns[place] -= 1;
                    if turns[place] > 0 {
                        at.swap(place, n - turns[place]);
                        return true;
                    }
                    // This place is through: its item goes to the end again.
                    at[place..].rotate_left(1);
                    turns[place] = n - place;
                }
                false
            }
        }
    }
}
