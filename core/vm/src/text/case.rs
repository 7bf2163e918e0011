//! Case mapping: full mappings, with the Greek final sigma.

use super::unicode::{self, Form};
use super::{StrBuilder, Text, TextBuf};

const CAPITAL_SIGMA: u32 = 0x3A3;

impl Text<'_> {
    fn ascii_map(self, map: impl Fn(&str) -> String) -> Option<TextBuf> {
        self.as_ascii().map(|text| TextBuf::from(map(text)))
    }

    /// `self.lower()`.
    pub fn lower(self) -> TextBuf {
        self.ascii_map(str::to_ascii_lowercase).unwrap_or_else(|| {
            let mut out = StrBuilder::with_capacity(self.len());
            for (index, c) in self.code_points().enumerate() {
                self.push_lower(&mut out, index, c);
            }
            out.finish()
        })
    }

    /// `self.upper()`.
    pub fn upper(self) -> TextBuf {
        self.ascii_map(str::to_ascii_uppercase)
            .unwrap_or_else(|| self.mapped(Form::Upper))
    }

    /// `self.casefold()`.
    pub fn casefold(self) -> TextBuf {
        self.ascii_map(str::to_ascii_lowercase)
            .unwrap_or_else(|| self.mapped(Form::Fold))
    }

    fn mapped(self, form: Form) -> TextBuf {
        let mut out = StrBuilder::with_capacity(self.len());
        self.code_points()
            .for_each(|c| unicode::push_form(&mut out, c, form));
        out.finish()
    }

    /// `self.title()`.
    pub fn title(self) -> TextBuf {
        let mut out = StrBuilder::with_capacity(self.len());
        let mut in_word = false;
        for (index, c) in self.code_points().enumerate() {
            if in_word {
                self.push_lower(&mut out, index, c);
            } else {
                unicode::push_form(&mut out, c, Form::Title);
            }
            in_word = unicode::is_cased(c) || (unicode::is_case_ignorable(c) && is_cased_letter(c));
        }
        out.finish()
    }

    /// `self.capitalize()`.
    pub fn capitalize(self) -> TextBuf {
        let mut out = StrBuilder::with_capacity(self.len());
        for (index, c) in self.code_points().enumerate() {
            if index == 0 {
                unicode::push_form(&mut out, c, Form::Title);
            } else {
                self.push_lower(&mut out, index, c);
            }
        }
        out.finish()
    }

    /// `self.swapcase()`.
    pub fn swapcase(self) -> TextBuf {
        let mut out = StrBuilder::with_capacity(self.len());
        for (index, c) in self.code_points().enumerate() {
            if unicode::is_upper(c) {
                self.push_lower(&mut out, index, c);
            } else if unicode::is_lower(c) {
                unicode::push_form(&mut out, c, Form::Upper);
            } else {
                out.push(c);
            }
        }
        out.finish()
    }

    fn push_lower(self, out: &mut StrBuilder, index: usize, c: u32) {
        if c == CAPITAL_SIGMA {
            out.push(if self.is_final_sigma(index) {
                0x3C2
            } else {
                0x3C3
            });
        } else {
            unicode::push_form(out, c, Form::Lower);
        }
    }

    /// Whether the sigma at `index` ends a word: a cased letter before it, none after.
    fn is_final_sigma(self, index: usize) -> bool {
        let cased = |c: Option<u32>| c.is_some_and(unicode::is_cased);
        let at = |index: usize| self.get(index).unwrap_or(0);
        let before = (0..index)
            .rev()
            .map(at)
            .find(|&c| !unicode::is_case_ignorable(c));
        let after = (index + 1..self.len())
            .map(at)
            .find(|&c| !unicode::is_case_ignorable(c));
        cased(before) && !cased(after)
    }
}

/// Some letters, as U+02B0, are cased and yet ignored by the rule of the sigma.
fn is_cased_letter(c: u32) -> bool {
    unicode::is_lower(c) || unicode::is_upper(c) || unicode::is_title(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings() {
        let check = |text: &str, expected: [&str; 6]| {
            let s = TextBuf::from(text);
            let s = s.as_text();
            let got = [
                s.lower(),
                s.upper(),
                s.title(),
                s.capitalize(),
                s.swapcase(),
                s.casefold(),
            ];
            assert_eq!(got.map(|s| s.to_string()), expected, "{text}");
        };
        check(
            "hello World",
            [
                "hello world",
                "HELLO WORLD",
                "Hello World",
                "Hello world",
                "HELLO wORLD",
                "hello world",
            ],
        );
        check(
            "straße ŉ",
            [
                "straße ŉ",
                "STRASSE ʼN",
                "Straße ʼN",
                "Straße ŉ",
                "STRASSE ʼN",
                "strasse ʼn",
            ],
        );
        check(
            "ΑΣ ΑΣΑ Σ",
            [
                "ας ασα σ",
                "ΑΣ ΑΣΑ Σ",
                "Ας Ασα Σ",
                "Ας ασα σ",
                "ας ασα σ",
                "ασ ασα σ",
            ],
        );
        check("İI", ["i̇i", "İI", "İi", "İi", "i̇i", "i̇i"]);
        check("ﬁ ǆ", ["ﬁ ǆ", "FI Ǆ", "Fi ǅ", "Fi ǆ", "FI Ǆ", "fi ǆ"]);
        check(
            "they're",
            [
                "they're", "THEY'RE", "They'Re", "They're", "THEY'RE", "they're",
            ],
        );
    }
}
