//! Facts reached by changes are the facts of the segments that are there now.

use vitrine_scope::SegmentScopes;
use vitrine_syntax::module::parse_module;

use crate::{FileFacts, SegmentSummary, segment_summary};

/// Functions that pass on to each other under few names, which come and go.
const PROGRAM: &str = "\
def f(a, b=[]): return g(a, b)
def g(a, b): h(b)
def h(a): f(a, a); a.append(1)
def h(a): yield a
def f(*a, k=None): g(k, *a)
class A:
    def __init__(self, x): self.x = x
    def add(self, y): self.x.add(y)
class A:
    def __init__(self, x, y=1): h(y); y.add(x)
class A(tuple): pass
class A(tuple): pass
class B:
    def __init__(self, x): A(x); self.add(x)
    @staticmethod
    def add(y): y()
x = f(1)
x.append(1)
y = A(2)
for i in f(): i()
f(1, b=2).clear()
x = 1
import x
def later(c): c.add(lambda: B(c))
";

struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

#[test]
fn changes_add_up() {
    let mut all: Vec<SegmentSummary> = Vec::new();
    let programs = include_str!("mutable_default.txt").split("\n### ");
    let programs = programs.chain(include_str!("late_binding_closure.txt").split("\n### "));
    for program in programs.chain([PROGRAM, PROGRAM, PROGRAM]) {
        for segment in parse_module(program).segments {
            let tree = &segment.parsed.tree;
            let scopes = SegmentScopes::build(tree, Default::default());
            all.push(segment_summary(tree, &scopes));
        }
    }
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    // Those of `PROGRAM` alone, which have the most to do with each other, then all.
    for from in [all.len() - 63, 0] {
        let all = &all[from..];
        let mut there: Vec<usize> = Vec::new();
        let mut facts = FileFacts::default();
        for _ in 0..300 {
            let gone = (0..noise.below(4).min(there.len()))
                .map(|_| there.swap_remove(noise.below(there.len())))
                .collect::<Vec<_>>();
            let come: Vec<usize> = (0..noise.below(4))
                .map(|_| noise.below(all.len()))
                .collect();
            there.extend(&come);
            let of = |places: &[usize]| places.iter().map(|&at| &all[at]).collect::<Vec<_>>();
            facts.change(of(&gone), of(&come));
            let anew = FileFacts::merge(of(&there));
            assert!(
                facts == anew,
                "{gone:?} gone and {come:?} come: {there:?} are there"
            );
        }
    }
}
