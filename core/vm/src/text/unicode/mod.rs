//! What the Unicode database says of a code point, as CPython's `str` uses it.
//!
//! `tables/` is generated from CPython itself; nothing here is typed by hand.

mod tables;

/// The properties of one class of code points. The case fields are distances.
pub(super) struct Record {
    flags: u16,
    upper: i32,
    lower: i32,
    title: i32,
    fold: i32,
    digit: u8,
}

fn record(code_point: u32) -> &'static Record {
    let upper = (code_point >> tables::SHIFT) as usize;
    let block = tables::INDEX[upper.min(tables::INDEX.len() - 1)];
    let within = code_point & ((1 << tables::SHIFT) - 1);
    let number = tables::BLOCKS[(usize::from(block) << tables::SHIFT) + within as usize];
    &tables::RECORDS[usize::from(number)]
}

fn has(code_point: u32, flag: u16) -> bool {
    record(code_point).flags & flag != 0
}

macro_rules! properties {
    ($($(#[$doc:meta])* $name:ident = $flag:ident;)*) => {
        $($(#[$doc])* pub fn $name(code_point: u32) -> bool { has(code_point, tables::$flag) })*
    };
}

properties! {
    /// A letter.
    is_alpha = ALPHA;
    /// A decimal digit of some script.
    is_decimal = DECIMAL;
    /// A digit, superscripts and the like included.
    is_digit = DIGIT;
    /// Has a numeric value.
    is_numeric = NUMERIC;
    /// Lower case.
    is_lower = LOWER;
    /// Upper case.
    is_upper = UPPER;
    /// Title case, as U+01C5.
    is_title = TITLE;
    /// White space to `str.split`.
    is_space = SPACE;
    /// Shown as it is by `repr`.
    is_printable = PRINTABLE;
    /// May start an identifier.
    is_xid_start = XID_START;
    /// May continue an identifier.
    is_xid_continue = XID_CONTINUE;
    /// Has case, for the rule of the final sigma.
    is_cased = CASED;
    /// Skipped by the rule of the final sigma.
    is_case_ignorable = CASE_IGNORABLE;
}

/// Letter, decimal, digit or numeric.
pub fn is_alnum(code_point: u32) -> bool {
    has(
        code_point,
        tables::ALPHA | tables::DECIMAL | tables::DIGIT | tables::NUMERIC,
    )
}

/// The value of a decimal digit.
pub fn decimal(code_point: u32) -> Option<u8> {
    if code_point < 0x80 {
        return (code_point as u8)
            .is_ascii_digit()
            .then(|| code_point as u8 - b'0');
    }
    let record = record(code_point);
    (record.flags & tables::DECIMAL != 0).then_some(record.digit)
}

/// Ends a line to `str.splitlines`.
pub fn is_line_break(code_point: u32) -> bool {
    matches!(code_point, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

fn shifted(code_point: u32, distance: i32) -> u32 {
    code_point.wrapping_add_signed(distance)
}

/// The lower-case code point where it is one (`re` ignores case with this).
pub fn simple_lower(code_point: u32) -> u32 {
    shifted(code_point, record(code_point).lower)
}

/// The upper-case code point where it is one.
pub fn simple_upper(code_point: u32) -> u32 {
    shifted(code_point, record(code_point).upper)
}

/// Which of a code point's forms is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Upper,
    Lower,
    Title,
    Fold,
}

/// Appends a code point's full form, one to three code points.
pub(crate) fn push_form(out: &mut super::StrBuilder, code_point: u32, form: Form) {
    let record = record(code_point);
    if record.flags & tables::SPECIAL != 0
        && let Ok(at) = tables::SPECIAL_CASES.binary_search_by_key(&code_point, |case| case.0)
    {
        let (_, upper, lower, title, fold) = tables::SPECIAL_CASES[at];
        let text = match form {
            Form::Upper => upper,
            Form::Lower => lower,
            Form::Title => title,
            Form::Fold => fold,
        };
        out.push_text(text);
        return;
    }
    let distance = match form {
        Form::Upper => record.upper,
        Form::Lower => record.lower,
        Form::Title => record.title,
        Form::Fold => record.fold,
    };
    out.push(shifted(code_point, distance));
}
