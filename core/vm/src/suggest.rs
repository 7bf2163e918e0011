//! "Did you mean": the closest of some names, with CPython's costs and limits.
#![forbid(unsafe_code)]

/// Cost of replacing, inserting or deleting a character.
const MOVE_COST: usize = 2;
/// Cost of changing case.
const CASE_COST: usize = 1;
const MAX_LENGTH: usize = 40;
const MAX_CANDIDATES: usize = 750;

/// The candidate closest to `name`, if one is close enough (`Python/suggestions.c`).
pub(crate) fn closest<S: AsRef<str>>(
    name: &str,
    candidates: impl IntoIterator<Item = S>,
) -> Option<String> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    for (count, candidate) in candidates.into_iter().enumerate() {
        if count >= MAX_CANDIDATES {
            return None;
        }
        let candidate = candidate.as_ref();
        if candidate == name {
            continue;
        }
        let mut limit = (name.len() + candidate.len() + 3) * MOVE_COST / 6;
        if let Some((distance, _)) = best {
            limit = limit.min(distance.saturating_sub(1));
        }
        let distance = levenshtein(name.as_bytes(), candidate.as_bytes(), limit);
        if distance > limit {
            continue;
        }
        if best.as_ref().is_none_or(|(d, _)| distance < *d) {
            best = Some((distance, candidate.to_owned()));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn substitution(a: u8, b: u8) -> usize {
    if a & 31 != b & 31 {
        MOVE_COST
    } else if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

fn levenshtein<'a>(mut a: &'a [u8], mut b: &'a [u8], limit: usize) -> usize {
    while let ([x, resta @ ..], [y, restb @ ..]) = (a, b) {
        if x != y {
            break;
        }
        (a, b) = (resta, restb);
    }
    while let ([resta @ .., x], [restb @ .., y]) = (a, b) {
        if x != y {
            break;
        }
        (a, b) = (resta, restb);
    }
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    if b.len() < a.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (i, &code) in b.iter().enumerate() {
        result = i * MOVE_COST;
        let mut distance = result;
        let mut minimum = usize::MAX;
        for (j, cell) in row.iter_mut().enumerate() {
            let substitute = distance + substitution(code, a[j]);
            distance = *cell;
            result = substitute.min(result.min(distance) + MOVE_COST);
            *cell = result;
            minimum = minimum.min(result);
        }
        if minimum > limit {
            return limit + 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn closest_names() {
        for (name, candidates, expected) in [
            ("pirnt", &["print", "int"][..], Some("print")),
            ("Bar", &["bar", "baz"], Some("bar")),
            ("x", &["y"], None),
            ("abcdef", &["uvwxyz"], None),
        ] {
            assert_eq!(
                super::closest(name, candidates).as_deref(),
                expected,
                "{name}"
            );
        }
    }
}
