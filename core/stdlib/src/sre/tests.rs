//! The engine against CPython's answers.

use super::super::cases::CASES;
use super::*;

#[test]
fn matches_as_cpython_does() {
    for &(codes, groups, subject, span, expected) in CASES {
        let text: Vec<u32> = subject.chars().map(|c| c as u32).collect();
        let mut matcher = Matcher::new(codes, groups, &text[..], text.len(), |_| Ok(()));
        assert_eq!(
            matcher.search(0, false),
            Ok(span),
            "{codes:?} in {subject:?}"
        );
        if span.is_some() {
            let found: Vec<_> = (1..=groups).map(|group| matcher.group(group)).collect();
            assert_eq!(found, expected, "{codes:?} in {subject:?}");
        }
    }
}

#[test]
fn an_exploding_pattern_is_stopped() {
    let (codes, groups, ..) = CASES
        .iter()
        .find(|case| case.2.len() > 18)
        .expect("the (a+)+$ case");
    let text = [&[u32::from(b'a'); 40][..], &[u32::from(b'b')]].concat();
    let mut left = 100;
    let charge = |_| {
        left -= 1;
        if left > 0 { Ok(()) } else { Err(()) }
    };
    assert_eq!(
        Matcher::new(codes, *groups, &text[..], text.len(), charge).search(0, false),
        Err(Stop::Charged)
    );
}

#[test]
fn codes_are_not_trusted() {
    // Every truncation and many corruptions of real codes: an answer or a stop, never a panic.
    let text: Vec<u32> = "aab abcd xyz 123".chars().map(|c| c as u32).collect();
    for &(codes, groups, ..) in CASES {
        for cut in 0..codes.len() {
            for value in [0, 1, 7, 24, 1 << 20, u32::MAX - 1] {
                let mut changed = codes.to_vec();
                changed[cut] = value;
                let mut left = 50;
                let charge = |_| {
                    left -= 1;
                    if left > 0 { Ok(()) } else { Err(()) }
                };
                let _ =
                    Matcher::new(&changed, groups, &text[..], text.len(), charge).search(0, false);
                let _ = Matcher::new(&codes[..cut], groups, &text[..], text.len(), |_| Err(()))
                    .search(0, false);
            }
        }
    }
}
