//! Any text has a tree, whose ranges nest and stand in order, in every mode.
#![no_main]

use vitrine_syntax::ast_dump;
use vitrine_syntax::module::{ParsedSegment, parse_expression, parse_module, parse_single};
use vitrine_syntax::tree::misplaced;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        let text = vitrine_fuzz::text(data);
        let check = |parsed: &ParsedSegment, text: &str| {
            assert_eq!(misplaced(&parsed.tree, text), None, "in {text:?}");
            for error in &parsed.errors {
                assert!(error.range.end as usize <= text.len(), "an error outside");
            }
        };
        let module = parse_module(&text);
        for segment in &module.segments {
            check(&segment.parsed, &text[segment.range.as_usize()]);
        }
        let _ = module.first_error(&text);
        let _ = ast_dump::dump(&module, ast_dump::Options::default());
        check(&parse_expression(&text), &text);
        check(&parse_single(&text), &text);
    });
});
