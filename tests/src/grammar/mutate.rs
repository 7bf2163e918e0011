//! Programs with something wrong: tokens taken out, put in, exchanged.

use super::Random;

/// What is put in.
const TOKENS: &[&str] = &[
    "(", ")", "[", "]", "{", "}", ":", ",", ";", ".", "=", "==", ":=", "->", "*", "**", "@", "!",
    "~", "\\", "\n", "    ", "'", "\"", "f'", "#", "0", "1e", "0x", "1_", "a", "é", "if", "else",
    "elif", "for", "in", "not", "is", "and", "or", "def", "class", "return", "yield", "await",
    "async", "lambda", "try", "except", "finally", "with", "as", "import", "from", "global",
    "nonlocal", "del", "pass", "break", "continue", "raise", "assert", "match", "case", "type",
    "None", "True", "print", "$", "?", "...",
];

/// The text in words, numbers, single signs, and runs of blanks.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '_' | '0'..='9' | '\u{80}'.. => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = 0;
    for (at, c) in text.char_indices() {
        let now = class(c);
        if at > 0 && (now == 0 || now != last) {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = now;
    }
    tokens.push(&text[start..]);
    tokens
}

/// A program with one to three changes.
pub fn mutate(text: &str, seed: u64) -> String {
    let mut random = Random::new(seed ^ 0x00C0_FFEE);
    let mut tokens = tokens(text);
    for _ in 0..1 + random.below(3) {
        let at = random.below(tokens.len());
        match random.below(5) {
            0 | 1 if tokens.len() > 1 => {
                tokens.remove(at);
            }
            2 => tokens.insert(at, random.pick(TOKENS)),
            3 => tokens[at] = random.pick(TOKENS),
            _ => {
                let other = random.below(tokens.len());
                tokens.swap(at, other);
            }
        }
    }
    tokens.concat()
}
