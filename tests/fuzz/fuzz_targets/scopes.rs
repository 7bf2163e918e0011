//! Symbol tables of any tree, put together in either way.
#![no_main]

use vitrine_scope::{FactsShare, ModuleFacts, ModuleScopes, SegmentScopes};
use vitrine_syntax::module::parse_module;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        let text = vitrine_fuzz::text(data);
        let module = parse_module(&text);
        let trees: Vec<_> = module.segments.iter().map(|segment| &segment.parsed.tree).collect();
        let future = ModuleScopes::future(trees.iter().copied());
        let scopes: Vec<_> = trees.iter().map(|tree| SegmentScopes::build(tree, future)).collect();
        let pairs = trees.iter().copied().zip(&scopes);
        let merged = ModuleScopes::merge(pairs.clone());
        assert_eq!(merged.errors, ModuleScopes::errors(pairs.clone()));
        let shares: Vec<_> = pairs.map(|(tree, scopes)| FactsShare::of(tree, scopes)).collect();
        assert_eq!(merged.facts(), ModuleFacts::merge(future, &shares));
    });
});
