//! A stable sort whose comparison may fail: CPython's timsort with powersort's
//! merge order, on positions instead of items.
//!
//! Working on copies of positions means that an error, or a comparison that
//! looks at the list, can never lose an item. The order and number of
//! comparisons follow CPython's, because a program may count them.
#![forbid(unsafe_code)]

/// Positions before items: `before(a, b)` says whether item `a` sorts before `b`.
type Before<'a, E> = &'a mut dyn FnMut(u32, u32) -> Result<bool, E>;

const MIN_GALLOP: usize = 7;

struct Run {
    start: usize,
    len: usize,
    power: u32,
}

struct Sorter<'a, E> {
    before: Before<'a, E>,
    order: Vec<u32>,
    runs: Vec<Run>,
    min_gallop: usize,
}

/// The order `len` items sort into.
pub(crate) fn sorted_order<E>(len: usize, before: Before<'_, E>) -> Result<Vec<u32>, E> {
    let count = u32::try_from(len).unwrap_or(u32::MAX);
    let mut sorter = Sorter {
        before,
        order: (0..count).collect(),
        runs: Vec::new(),
        min_gallop: MIN_GALLOP,
    };
    sorter.sort()?;
    Ok(sorter.order)
}

impl<E> Sorter<'_, E> {
    fn lt(&mut self, a: u32, b: u32) -> Result<bool, E> {
        (self.before)(a, b)
    }

    fn sort(&mut self) -> Result<(), E> {
        let total = self.order.len();
        if total < 2 {
            return Ok(());
        }
        let min_run = min_run(total);
        let mut start = 0;
        while start < total {
            let mut len = self.count_run(start)?;
            if len < min_run {
                let forced = min_run.min(total - start);
                self.insert(start, start + len, start + forced)?;
                len = forced;
            }
            self.found_run(start, len, total)?;
            start += len;
        }
        while self.runs.len() > 1 {
            self.merge_last()?;
        }
        Ok(())
    }

    /// The length of the run at `start`, turned round if it descends.
    fn count_run(&mut self, start: usize) -> Result<usize, E> {
        let total = self.order.len();
        if start + 1 == total {
            return Ok(1);
        }
        let mut end = start + 1;
        // Equal items first, then the direction shows: as CPython counts since 3.13.
        if self.lt(self.order[end], self.order[end - 1])? {
            end += 1;
            while end < total && self.lt(self.order[end], self.order[end - 1])? {
                end += 1;
            }
            self.order[start..end].reverse();
            return Ok(end - start);
        }
        end += 1;
        while end < total && !self.lt(self.order[end], self.order[end - 1])? {
            end += 1;
        }
        Ok(end - start)
    }

    /// Binary insertion of `sorted..end` into the sorted `start..sorted`.
    fn insert(&mut self, start: usize, sorted: usize, end: usize) -> Result<(), E> {
        for at in sorted..end {
            let pivot = self.order[at];
            let (mut left, mut right) = (start, at);
            while left < right {
                let middle = left + (right - left) / 2;
                if self.lt(pivot, self.order[middle])? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            self.order.copy_within(left..at, left + 1);
            self.order[left] = pivot;
        }
        Ok(())
    }

    fn found_run(&mut self, start: usize, len: usize, total: usize) -> Result<(), E> {
        if let Some(last) = self.runs.last() {
            let power = power(last.start, last.len, len, total);
            while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > power {
                self.merge_last()?;
            }
            if let Some(last) = self.runs.last_mut() {
                last.power = power;
            }
        }
        self.runs.push(Run {
            start,
            len,
            power: 0,
        });
        Ok(())
    }

    fn merge_last(&mut self) -> Result<(), E> {
        let (Some(second), Some(first)) = (self.runs.pop(), self.runs.pop()) else {
            return Ok(());
        };
        self.runs.push(Run {
            start: first.start,
            len: first.len + second.len,
            power: second.power,
        });
        // What is in place already stays out of the merge.
        let key = self.order[second.start];
        let skipped = self.gallop_right(key, first.start, first.len, 0)?;
        let (start, len) = (first.start + skipped, first.len - skipped);
        if len == 0 {
            return Ok(());
        }
        let key = self.order[first.start + first.len - 1];
        let rest = self.gallop_left(key, second.start, second.len, second.len - 1)?;
        if rest == 0 {
            return Ok(());
        }
        let left = self.order[start..start + len].to_vec();
        let right = self.order[second.start..second.start + rest].to_vec();
        // The items outside `order` while merging are in `left` and `right`, so an error loses none.
        if len <= rest {
            self.merge_forward(start, &left, &right)
        } else {
            self.merge_backward(start, &left, &right)
        }
    }

    fn merge_forward(&mut self, start: usize, left: &[u32], right: &[u32]) -> Result<(), E> {
        let (mut a, mut b, mut out) = (0, 0, start);
        self.order[out] = right[b];
        (out, b) = (out + 1, b + 1);
        let mut min_gallop = self.min_gallop;
        'merge: while b < right.len() && a < left.len() {
            let (mut left_wins, mut right_wins) = (0, 0);
            while left_wins.max(right_wins) < min_gallop {
                if self.lt(right[b], left[a])? {
                    self.order[out] = right[b];
                    (out, b) = (out + 1, b + 1);
                    (left_wins, right_wins) = (0, right_wins + 1);
                    if b == right.len() {
                        break 'merge;
                    }
                } else {
                    self.order[out] = left[a];
                    (out, a) = (out + 1, a + 1);
                    (left_wins, right_wins) = (left_wins + 1, 0);
                    if left.len() - a <= 1 {
                        break 'merge;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let run = gallop_right(self.before, right[b], &left[a..], 0)?;
                self.order[out..out + run].copy_from_slice(&left[a..a + run]);
                (out, a) = (out + run, a + run);
                if left.len() - a <= 1 {
                    break 'merge;
                }
                self.order[out] = right[b];
                (out, b) = (out + 1, b + 1);
                if b == right.len() {
                    break 'merge;
                }
                let back = gallop_left(self.before, left[a], &right[b..], 0)?;
                self.order[out..out + back].copy_from_slice(&right[b..b + back]);
                (out, b) = (out + back, b + back);
                if b == right.len() {
                    break 'merge;
                }
                self.order[out] = left[a];
                (out, a) = (out + 1, a + 1);
                if left.len() - a <= 1 {
                    break 'merge;
                }
                if run < MIN_GALLOP && back < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
        // One of the left run is known to be last, or the right run is used up.
        if left.len() - a == 1 {
            let rest = &right[b..];
            self.order[out..out + rest.len()].copy_from_slice(rest);
            self.order[out + rest.len()] = left[a];
        } else {
            self.order[out..out + left.len() - a].copy_from_slice(&left[a..]);
        }
        Ok(())
    }

    fn merge_backward(&mut self, start: usize, left: &[u32], right: &[u32]) -> Result<(), E> {
        let (mut a, mut b) = (left.len(), right.len());
        let mut out = start + a + b;
        out -= 1;
        a -= 1;
        self.order[out] = left[a];
        let mut min_gallop = self.min_gallop;
        'merge: while a > 0 && b > 0 {
            let (mut left_wins, mut right_wins) = (0, 0);
            while left_wins.max(right_wins) < min_gallop {
                if b <= 1 {
                    break 'merge;
                }
                out -= 1;
                if self.lt(right[b - 1], left[a - 1])? {
                    a -= 1;
                    self.order[out] = left[a];
                    (left_wins, right_wins) = (left_wins + 1, 0);
                    if a == 0 {
                        break 'merge;
                    }
                } else {
                    b -= 1;
                    self.order[out] = right[b];
                    (left_wins, right_wins) = (0, right_wins + 1);
                    if b <= 1 {
                        break 'merge;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let keep = gallop_right(self.before, right[b - 1], &left[..a], a - 1)?;
                let run = a - keep;
                out -= run;
                self.order[out..out + run].copy_from_slice(&left[keep..a]);
                a = keep;
                if a == 0 {
                    break 'merge;
                }
                out -= 1;
                b -= 1;
                self.order[out] = right[b];
                if b <= 1 {
                    break 'merge;
                }
                let keep = gallop_left(self.before, left[a - 1], &right[..b], b - 1)?;
                let back = b - keep;
                out -= back;
                self.order[out..out + back].copy_from_slice(&right[keep..b]);
                b = keep;
                if b <= 1 {
                    break 'merge;
                }
                out -= 1;
                a -= 1;
                self.order[out] = left[a];
                if a == 0 {
                    break 'merge;
                }
                if run < MIN_GALLOP && back < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
        if b == 1 {
            // The first of the right run sorts before what is left of the left one.
            self.order[out - a..out].copy_from_slice(&left[..a]);
            self.order[out - a - 1] = right[0];
        } else {
            self.order[out - b..out].copy_from_slice(&right[..b]);
        }
        Ok(())
    }

    fn gallop_right(
        &mut self,
        key: u32,
        start: usize,
        len: usize,
        hint: usize,
    ) -> Result<usize, E> {
        gallop_right(self.before, key, &self.order[start..start + len], hint)
    }

    fn gallop_left(&mut self, key: u32, start: usize, len: usize, hint: usize) -> Result<usize, E> {
        gallop_left(self.before, key, &self.order[start..start + len], hint)
    }
}

/// Where `key` goes in a sorted run, before equal items, searched from `hint` on.
fn gallop_left<E>(before: Before<'_, E>, key: u32, run: &[u32], hint: usize) -> Result<usize, E> {
    gallop(run, hint, |item| before(item, key))
}

/// Where `key` goes in a sorted run, after equal items, searched from `hint` on.
fn gallop_right<E>(before: Before<'_, E>, key: u32, run: &[u32], hint: usize) -> Result<usize, E> {
    gallop(run, hint, |item| before(key, item).map(|less| !less))
}

/// The number of items at the front of `run` that `goes_first` holds for.
fn gallop<E>(
    run: &[u32],
    hint: usize,
    mut goes_first: impl FnMut(u32) -> Result<bool, E>,
) -> Result<usize, E> {
    let (mut low, mut high);
    let mut step = 1;
    let mut last = 0;
    if goes_first(run[hint])? {
        let max = run.len() - hint;
        while step < max && goes_first(run[hint + step])? {
            last = step;
            step = step * 2 + 1;
        }
        (low, high) = (hint + last + 1, hint + step.min(max));
    } else {
        let max = hint + 1;
        while step < max && !goes_first(run[hint - step])? {
            last = step;
            step = step * 2 + 1;
        }
        (low, high) = (hint + 1 - step.min(max), hint - last);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if goes_first(run[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn min_run(mut total: usize) -> usize {
    let mut rest = 0;
    while total >= 64 {
        rest |= total & 1;
        total >>= 1;
    }
    total + rest
}

/// Powersort: the depth, in a nearly balanced tree, of the node between two runs.
fn power(start: usize, first: usize, second: usize, total: usize) -> u32 {
    let mut a = 2 * start + first;
    let mut b = a + first + second;
    let mut power = 0;
    loop {
        power += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a *= 2;
        b *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(items: &[i64]) {
        let mut compare = |a: u32, b: u32| Ok::<_, ()>(items[a as usize] < items[b as usize]);
        let order = sorted_order(items.len(), &mut compare).unwrap();
        let mut expected: Vec<u32> = (0..items.len() as u32).collect();
        expected.sort_by_key(|&at| items[at as usize]);
        assert_eq!(order, expected, "{items:?}");
    }

    #[test]
    fn stable_on_every_shape() {
        let mut seed = 12345_u64;
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for len in [0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000] {
            for range in [2, 10, 1_000_000] {
                check(
                    &(0..len)
                        .map(|_| (random() % range) as i64)
                        .collect::<Vec<_>>(),
                );
            }
            check(&(0..len).collect::<Vec<_>>());
            check(&(0..len).rev().collect::<Vec<_>>());
            check(&(0..len).map(|at| at % 100).collect::<Vec<_>>());
            check(
                &(0..len)
                    .map(|at| {
                        if at < len / 2 {
                            at * 2
                        } else {
                            (at - len / 2) * 2 + 1
                        }
                    })
                    .collect::<Vec<_>>(),
            );
            check(
                &(0..len)
                    .map(|at| if at % 50 == 0 { 0 } else { at })
                    .collect::<Vec<_>>(),
            );
        }
    }

    #[test]
    fn errors_end_it() {
        let mut left = 10;
        let mut compare = |a: u32, b: u32| {
            left -= 1;
            if left == 0 { Err("enough") } else { Ok(a > b) }
        };
        assert_eq!(sorted_order(100, &mut compare), Err("enough"));
    }
}
