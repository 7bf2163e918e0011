//! After any edits a database knows what one knows that has seen the last text only.
#![no_main]

use std::sync::Arc;

use salsa::Setter;
use vitrine_db::{Database, File, file_diagnostics};
use vitrine_syntax::segment::Cut;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        // The first text, then edits: where (two bytes), how much is deleted, what is typed.
        let mut pieces = data.split(|&byte| byte == 0xFF).take(12);
        let mut text = vitrine_fuzz::text(pieces.next().unwrap_or_default());
        let mut db = Database::default();
        let file = File::new(&db, Arc::from(text.as_str()));
        let mut cut = Cut::new(Arc::from(text.as_str()));
        file_diagnostics(&db, file);
        for piece in pieces {
            let [a, b, deleted, typed @ ..] = piece else { break };
            let boundary = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let at = boundary(usize::from(*a) * 256 + usize::from(*b));
            let end = boundary(at + usize::from(*deleted)).max(at);
            text.replace_range(at..end, &vitrine_fuzz::text(typed));
            let shared: Arc<str> = Arc::from(text.as_str());
            file.set_text(&mut db).to(Arc::clone(&shared));
            cut = cut.again(Arc::clone(&shared));
            assert_eq!(cut, Cut::new(Arc::clone(&shared)));
            let fresh = Database::default();
            let scratch = File::new(&fresh, shared);
            assert_eq!(file_diagnostics(&db, file), file_diagnostics(&fresh, scratch));
        }
    });
});
