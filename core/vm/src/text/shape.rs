//! Padding, tabs and translation.

use super::{StrBuilder, Text, TextBuf};

impl Text<'_> {
    /// `left` copies of `fill`, the text, `right` copies.
    pub(crate) fn pad(self, left: usize, right: usize, fill: u32) -> TextBuf {
        if left + right == 0 {
            return self.to_buf();
        }
        let mut out = StrBuilder::with_capacity(self.len() + left + right);
        out.push_many(fill, left);
        out.push_str(self);
        out.push_many(fill, right);
        out.finish()
    }

    /// `self.zfill(width)`.
    pub(crate) fn zfill(self, width: usize) -> TextBuf {
        let fill = width.saturating_sub(self.len());
        if fill == 0 {
            return self.to_buf();
        }
        let mut out = StrBuilder::with_capacity(width);
        let sign = usize::from(matches!(self.get(0), Some(0x2B | 0x2D)));
        out.push_range(self, 0, sign);
        out.push_many(u32::from(b'0'), fill);
        out.push_range(self, sign, self.len());
        out.finish()
    }
}

/// How `center` divides its padding: the odd one goes left if the width is odd.
pub(crate) fn center_padding(len: usize, width: usize) -> (usize, usize) {
    let padding = width.saturating_sub(len);
    let left = padding / 2 + (padding & width & 1);
    (left, padding - left)
}

/// The length of `expandtabs(tab_size)`, or `None` if it overflows.
pub(crate) fn expanded_len(
    code_points: impl Iterator<Item = u32>,
    tab_size: usize,
) -> Option<usize> {
    let (mut total, mut column) = (0_usize, 0_usize);
    for c in code_points {
        match c {
            0x09 if tab_size == 0 => {}
            0x09 => {
                let step = tab_size - column % tab_size;
                total = total.checked_add(step)?;
                column = column.checked_add(step)?;
            }
            _ => {
                total = total.checked_add(1)?;
                column = if matches!(c, 0x0A | 0x0D) {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
    (total <= isize::MAX as usize).then_some(total)
}

/// `expandtabs(tab_size)`, piece by piece: `push(code_point, count)`.
pub(crate) fn expand_tabs(
    code_points: impl Iterator<Item = u32>,
    tab_size: usize,
    mut push: impl FnMut(u32, usize),
) {
    let mut column = 0;
    for c in code_points {
        match c {
            0x09 if tab_size == 0 => {}
            0x09 => {
                let step = tab_size - column % tab_size;
                push(0x20, step);
                column += step;
            }
            _ => {
                push(c, 1);
                column = if matches!(c, 0x0A | 0x0D) {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert_eq!(TextBuf::from("-7").as_text().zfill(5), "-0007");
        assert_eq!(TextBuf::from("ж").as_text().zfill(3), "00ж");
        let center = |text: &str, width| {
            let text = TextBuf::from(text);
            let text = text.as_text();
            let (left, right) = center_padding(text.len(), width);
            text.pad(left, right, u32::from(b'.')).to_string()
        };
        assert_eq!(center("ab", 5), "..ab.");
        assert_eq!(center("a", 4), ".a..");
        assert_eq!(center("abc", 2), "abc");
        let text = TextBuf::from("a\tb\n\tc");
        let text = text.as_text();
        let mut out = StrBuilder::new();
        expand_tabs(text.code_points(), 4, |c, count| out.push_many(c, count));
        assert_eq!(out.finish(), "a   b\n    c");
        assert_eq!(expanded_len(text.code_points(), 4), Some(11));
        assert_eq!(expanded_len(text.code_points(), isize::MAX as usize), None);
    }
}
