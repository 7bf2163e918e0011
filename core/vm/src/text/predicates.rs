//! `str.isalpha` and its family.

use super::{Text, each_width, unicode};

impl Text<'_> {
    fn all_nonempty(self, test: impl Fn(u32) -> bool) -> bool {
        !self.is_empty() && self.all(test)
    }

    /// `self.isalpha()`.
    pub fn is_alpha(self) -> bool {
        self.all_nonempty(unicode::is_alpha)
    }

    /// `self.isalnum()`.
    pub fn is_alnum(self) -> bool {
        self.all_nonempty(unicode::is_alnum)
    }

    /// `self.isdecimal()`.
    pub fn is_decimal(self) -> bool {
        self.all_nonempty(unicode::is_decimal)
    }

    /// `self.isdigit()`.
    pub fn is_digit(self) -> bool {
        self.all_nonempty(unicode::is_digit)
    }

    /// `self.isnumeric()`.
    pub fn is_numeric(self) -> bool {
        self.all_nonempty(unicode::is_numeric)
    }

    /// `self.isspace()`.
    pub fn is_space(self) -> bool {
        self.all_nonempty(super::split::is_space)
    }

    /// `self.isprintable()`.
    pub fn is_printable(self) -> bool {
        self.all(unicode::is_printable)
    }

    /// `self.isidentifier()`.
    pub fn is_identifier(self) -> bool {
        match self.get(0) {
            Some(first) if unicode::is_xid_start(first) => self.all(unicode::is_xid_continue),
            _ => false,
        }
    }

    /// `self.islower()`: something is lower case and nothing upper or title case.
    pub fn is_lower(self) -> bool {
        self.all(|c| !unicode::is_upper(c) && !unicode::is_title(c))
            && !self.all(|c| !unicode::is_lower(c))
    }

    /// `self.isupper()`.
    pub fn is_upper(self) -> bool {
        self.all(|c| !unicode::is_lower(c) && !unicode::is_title(c))
            && !self.all(|c| !unicode::is_upper(c))
    }

    /// `self.istitle()`: upper case starts words, lower case continues them.
    pub fn is_title(self) -> bool {
        let (mut in_word, mut any) = (false, false);
        each_width!(self.units(), units => for &unit in units {
            let c: u32 = unit.into();
            if unicode::is_upper(c) || unicode::is_title(c) {
                if in_word {
                    return false;
                }
                in_word = true;
                any = true;
            } else if unicode::is_lower(c) {
                if !in_word {
                    return false;
                }
                any = true;
            } else {
                in_word = false;
            }
        });
        any
    }
}

#[cfg(test)]
mod tests {
    use crate::text::TextBuf;

    #[test]
    fn predicates() {
        let check = |text: &str, expected: &str| {
            let s = TextBuf::from(text);
            let s = s.as_text();
            let got: String = [
                ('a', s.is_alpha()),
                ('n', s.is_alnum()),
                ('d', s.is_decimal()),
                ('g', s.is_digit()),
                ('m', s.is_numeric()),
                ('s', s.is_space()),
                ('p', s.is_printable()),
                ('i', s.is_identifier()),
                ('l', s.is_lower()),
                ('u', s.is_upper()),
                ('t', s.is_title()),
            ]
            .iter()
            .filter(|(_, holds)| *holds)
            .map(|(name, _)| *name)
            .collect();
            assert_eq!(got, expected, "{text:?}");
        };
        check("", "p");
        check("abc", "anpil");
        check("Abc", "anpit");
        check("ABC", "anpiu");
        check("A1b", "npi");
        check("12", "ndgmp");
        check("²", "ngmp");
        check("½", "nmp");
        check("\u{a0}\t", "s");
        check("Ab Cd", "pt");
        check("ǅ", "anpit");
        check("ªx", "anpil");
    }
}
