//! The matcher: a program counter, a place in the subject, and a stack of what
//! to try next.

use super::Subject;
use super::charset::{contains, in_category, is_unicode_word, is_word, lower_ascii, lower_unicode};
use super::code::{MAXREPEAT, at, info, op};

/// Why a match ended without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The codes are not what `re._compiler` makes.
    InvalidCode,
    /// The caller's `charge` said so.
    Charged,
    /// More would have to be remembered than is allowed.
    Memory,
}

/// Steps between two calls of `charge`.
const SLICE: u32 = 4096;
/// Entries of the backtrack stack; some hundred megabytes.
const MOST_REMEMBERED: usize = 1 << 23;
/// Lookarounds and atomic groups within each other; `re` itself allows fewer.
const DEEPEST: u32 = 500;
/// A group's end that has not matched.
const UNSET: usize = usize::MAX;
/// No enclosing repeat.
const NO_REPEAT: u32 = u32::MAX;

/// One turn of a general repeat (`REPEAT ... UNTIL`). Never changed: each turn
/// makes a new one, so that going back needs no repair.
#[derive(Clone, Copy)]
struct Turn {
    /// Index of `REPEAT`'s skip word.
    codes: usize,
    /// Turns completed before this one; -1 before the first `UNTIL`.
    count: i64,
    /// Where the previous turn began, to stop turns that match nothing.
    last: usize,
    /// The enclosing repeat's turn.
    outer: u32,
}

/// Where to go on.
#[derive(Clone, Copy)]
struct Place {
    pc: usize,
    ptr: usize,
    turn: u32,
}

/// What to do when the current way fails.
enum Choice {
    /// Put a mark back.
    Unmark {
        mark: u32,
        old: usize,
        last_index: usize,
    },
    /// Go on at a place; turns made since are forgotten.
    Resume { place: Place, turns: u32 },
    /// The alternatives of a `BRANCH`, from this skip word on.
    Branch { place: Place, turns: u32 },
    /// A greedy single-character repeat can give back characters down to `least`.
    GiveBack {
        tail: usize,
        least: usize,
        ptr: usize,
        turn: u32,
        turns: u32,
    },
    /// A lazy one can take one more, `left` times.
    TakeMore {
        codes: usize,
        ptr: usize,
        left: u32,
        turn: u32,
        turns: u32,
    },
    /// A lazy general repeat can make another turn.
    TurnAgain { ptr: usize, turn: u32, turns: u32 },
}

/// Matches one pattern in one subject.
pub(crate) struct Matcher<'a, S, F> {
    codes: &'a [u32],
    subject: S,
    /// The subject counts as ending here (`endpos`).
    end: usize,
    marks: Vec<usize>,
    /// Number of the last group that closed; 0 for none.
    last_index: usize,
    choices: Vec<Choice>,
    turns: Vec<Turn>,
    steps: u32,
    depth: u32,
    /// A match must not end where the previous one did, empty, at this place.
    must_advance: Option<usize>,
    must_reach_end: bool,
    charge: F,
}

impl<'a, S: Subject, F: FnMut(u32) -> Result<(), ()>> Matcher<'a, S, F> {
    /// A matcher for `codes` with `groups` groups, that sees the subject up to
    /// `end`. `charge` is told the number of steps taken, now and then.
    pub(crate) fn new(codes: &'a [u32], groups: usize, subject: S, end: usize, charge: F) -> Self {
        Self {
            codes,
            subject,
            end: end.min(subject.len()),
            marks: vec![UNSET; groups * 2],
            last_index: 0,
            choices: Vec::new(),
            turns: Vec::new(),
            steps: 0,
            depth: 0,
            must_advance: None,
            must_reach_end: false,
            charge,
        }
    }

    /// Matches at `start`; `full` only if the match ends at the end.
    pub(crate) fn match_at(&mut self, start: usize, full: bool) -> Result<Option<usize>, Stop> {
        self.must_reach_end = full;
        self.attempt(start)
    }

    /// Finds the first match at or after `start`: its start and end.
    /// `must_advance` refuses an empty match at `start`.
    pub(crate) fn search(
        &mut self,
        start: usize,
        must_advance: bool,
    ) -> Result<Option<(usize, usize)>, Stop> {
        self.must_reach_end = false;
        let (first, shortest) = self.first()?;
        let mut from = start;
        while from <= self.end && self.end - from >= shortest {
            match first {
                First::Any => {}
                First::Literal(c) => match (from..self.end).find(|&at| self.subject.at(at) == c) {
                    Some(at) => from = at,
                    None => return self.pay(self.end - from).map(|()| None),
                },
                First::Set(codes) => {
                    while from < self.end && !contains(self.tail(codes)?, self.subject.at(from))? {
                        from += 1;
                        self.step()?;
                    }
                    if from == self.end {
                        return Ok(None);
                    }
                }
            }
            self.must_advance = must_advance.then_some(start);
            if let Some(end) = self.attempt(from)? {
                return Ok(Some((from, end)));
            }
            from += 1;
        }
        Ok(None)
    }

    /// Where a group of the last match is; groups count from 1.
    pub(crate) fn group(&self, number: usize) -> Option<(usize, usize)> {
        let at = number.checked_sub(1)? * 2;
        let (&start, &end) = (self.marks.get(at)?, self.marks.get(at + 1)?);
        (start != UNSET && end != UNSET && start <= end).then_some((start, end))
    }

    /// `Match.lastindex`.
    pub(crate) fn last_index(&self) -> Option<usize> {
        (self.last_index > 0).then_some(self.last_index)
    }

    fn attempt(&mut self, start: usize) -> Result<Option<usize>, Stop> {
        if start > self.end {
            return Ok(None);
        }
        self.marks.fill(UNSET);
        self.last_index = 0;
        self.choices.clear();
        self.turns.clear();
        self.run(Place {
            pc: 0,
            ptr: start,
            turn: NO_REPEAT,
        })
    }

    /// What the `INFO` block tells of a match's first character and least length.
    fn first(&self) -> Result<(First, usize), Stop> {
        if self.codes.first() != Some(&op::INFO) {
            return Ok((First::Any, 0));
        }
        let (flags, shortest) = (self.code(2)?, self.code(3)? as usize);
        let first = if flags & info::PREFIX != 0 && self.code(5)? > 0 {
            First::Literal(self.code(7)?)
        } else if flags & info::CHARSET != 0 {
            First::Set(5)
        } else {
            First::Any
        };
        Ok((first, shortest))
    }

    #[inline]
    fn code(&self, index: usize) -> Result<u32, Stop> {
        self.codes.get(index).copied().ok_or(Stop::InvalidCode)
    }

    fn tail(&self, index: usize) -> Result<&'a [u32], Stop> {
        self.codes.get(index..).ok_or(Stop::InvalidCode)
    }

    /// The index that the skip word at `index` leads to.
    fn skip(&self, index: usize) -> Result<usize, Stop> {
        Ok(index + self.code(index)? as usize)
    }

    #[inline]
    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps >= SLICE {
            self.pay(0)
        } else {
            Ok(())
        }
    }

    #[cold]
    fn pay(&mut self, more: usize) -> Result<(), Stop> {
        let steps = self
            .steps
            .saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.steps = 0;
        (self.charge)(steps).map_err(|()| Stop::Charged)
    }

    fn remember(&mut self, choice: Choice) -> Result<(), Stop> {
        if self.choices.len() >= MOST_REMEMBERED || self.turns.len() >= MOST_REMEMBERED {
            return Err(Stop::Memory);
        }
        self.choices.push(choice);
        Ok(())
    }

    /// Runs from a place to `SUCCESS`; on success the choices made since stay,
    /// for the caller to keep or to drop.
    fn run(&mut self, from: Place) -> Result<Option<usize>, Stop> {
        let base = self.choices.len();
        let mut place = from;
        loop {
            self.step()?;
            place = match self.advance(place)? {
                Next::Go(next) => next,
                Next::Matched(end) => return Ok(Some(end)),
                Next::Failed => match self.back(base)? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
        }
    }

    /// Takes the last choice above `base`.
    fn back(&mut self, base: usize) -> Result<Option<Place>, Stop> {
        while self.choices.len() > base {
            let Some(choice) = self.choices.pop() else {
                break;
            };
            match choice {
                Choice::Unmark {
                    mark,
                    old,
                    last_index,
                } => {
                    self.marks[mark as usize] = old;
                    self.last_index = last_index;
                }
                Choice::Resume { place, turns } => {
                    self.turns.truncate(turns as usize);
                    return Ok(Some(place));
                }
                Choice::Branch { place, turns } => {
                    self.turns.truncate(turns as usize);
                    if let Some(place) = self.branch(place)? {
                        return Ok(Some(place));
                    }
                }
                Choice::GiveBack {
                    tail,
                    least,
                    ptr,
                    turn,
                    turns,
                } => {
                    self.turns.truncate(turns as usize);
                    if let Some(place) = self.give_back(tail, least, ptr, turn)? {
                        return Ok(Some(place));
                    }
                }
                Choice::TakeMore {
                    codes,
                    ptr,
                    left,
                    turn,
                    turns,
                } => {
                    self.turns.truncate(turns as usize);
                    self.step()?;
                    if left > 0 && self.count(codes + 3, ptr, 1)? == 1 {
                        let ptr = ptr + 1;
                        self.remember(Choice::TakeMore {
                            codes,
                            ptr,
                            left: left - 1,
                            turn,
                            turns,
                        })?;
                        return Ok(Some(Place {
                            pc: self.skip(codes)?,
                            ptr,
                            turn,
                        }));
                    }
                }
                Choice::TurnAgain { ptr, turn, turns } => {
                    self.turns.truncate(turns as usize);
                    let Turn {
                        codes,
                        count,
                        last,
                        outer,
                    } = self.turn(turn)?;
                    let most = self.code(codes + 2)?;
                    if (count + 1 < i64::from(most) || most == MAXREPEAT) && ptr != last {
                        let turn = self.new_turn(Turn {
                            codes,
                            count: count + 1,
                            last: ptr,
                            outer,
                        })?;
                        return Ok(Some(Place {
                            pc: codes + 3,
                            ptr,
                            turn,
                        }));
                    }
                }
            }
        }
        Ok(None)
    }

    fn turn(&self, turn: u32) -> Result<Turn, Stop> {
        self.turns
            .get(turn as usize)
            .copied()
            .ok_or(Stop::InvalidCode)
    }

    fn new_turn(&mut self, turn: Turn) -> Result<u32, Stop> {
        if self.turns.len() >= MOST_REMEMBERED {
            return Err(Stop::Memory);
        }
        self.turns.push(turn);
        Ok(self.turns.len() as u32 - 1)
    }

    fn set_mark(&mut self, mark: usize, ptr: usize) -> Result<(), Stop> {
        let old = *self.marks.get(mark).ok_or(Stop::InvalidCode)?;
        self.remember(Choice::Unmark {
            mark: mark as u32,
            old,
            last_index: self.last_index,
        })?;
        self.marks[mark] = ptr;
        if mark % 2 == 1 {
            self.last_index = mark / 2 + 1;
        }
        Ok(())
    }

    /// Executes one code.
    fn advance(&mut self, Place { pc, ptr, turn }: Place) -> Result<Next, Stop> {
        let go = |pc, ptr| Ok(Next::Go(Place { pc, ptr, turn }));
        let turns = self.turns.len() as u32;
        match self.code(pc)? {
            op::SUCCESS => {
                let refused = self.depth == 0
                    && (self.must_reach_end && ptr != self.end || self.must_advance == Some(ptr));
                Ok(if refused {
                    Next::Failed
                } else {
                    Next::Matched(ptr)
                })
            }
            op::FAILURE => Ok(Next::Failed),
            op::INFO => go(self.skip(pc + 1)?, ptr),
            op::JUMP => go(self.skip(pc + 1)?, ptr),
            op::MARK => {
                self.set_mark(self.code(pc + 1)? as usize, ptr)?;
                go(pc + 2, ptr)
            }
            op::AT => {
                let holds = self.holds(self.code(pc + 1)?, ptr);
                if holds {
                    go(pc + 2, ptr)
                } else {
                    Ok(Next::Failed)
                }
            }
            op::BRANCH => Ok(
                match self.branch(Place {
                    pc: pc + 1,
                    ptr,
                    turn,
                })? {
                    Some(place) => Next::Go(place),
                    None => Next::Failed,
                },
            ),
            op::REPEAT => {
                let turn = self.new_turn(Turn {
                    codes: pc + 1,
                    count: -1,
                    last: UNSET,
                    outer: turn,
                })?;
                Ok(Next::Go(Place {
                    pc: self.skip(pc + 1)?,
                    ptr,
                    turn,
                }))
            }
            op::MAX_UNTIL => self.max_until(pc, ptr, turn),
            op::MIN_UNTIL => self.min_until(pc, ptr, turn),
            op::REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                let (tail, least, most) = (
                    self.skip(pc + 1)?,
                    self.code(pc + 2)? as usize,
                    self.code(pc + 3)?,
                );
                let taken = self.count(pc + 4, ptr, most)?;
                if taken < least {
                    return Ok(Next::Failed);
                }
                if self.code(pc)? == op::POSSESSIVE_REPEAT_ONE {
                    return go(tail, ptr + taken);
                }
                Ok(
                    match self.give_back(tail, ptr + least, ptr + taken, turn)? {
                        Some(place) => Next::Go(place),
                        None => Next::Failed,
                    },
                )
            }
            op::MIN_REPEAT_ONE => {
                let (tail, least, most) =
                    (self.skip(pc + 1)?, self.code(pc + 2)?, self.code(pc + 3)?);
                if self.count(pc + 4, ptr, least)? < least as usize {
                    return Ok(Next::Failed);
                }
                let ptr = ptr + least as usize;
                let left = if most == MAXREPEAT {
                    MAXREPEAT
                } else {
                    most.saturating_sub(least)
                };
                self.remember(Choice::TakeMore {
                    codes: pc + 1,
                    ptr,
                    left,
                    turn,
                    turns,
                })?;
                go(tail, ptr)
            }
            op::POSSESSIVE_REPEAT => self.possessive_repeat(pc, ptr, turn),
            op::ATOMIC_GROUP => match self.isolated(
                Place {
                    pc: pc + 2,
                    ptr,
                    turn,
                },
                true,
            )? {
                Some(end) => go(self.skip(pc + 1)?, end),
                None => Ok(Next::Failed),
            },
            op::ASSERT => {
                let Some(start) = ptr.checked_sub(self.code(pc + 2)? as usize) else {
                    return Ok(Next::Failed);
                };
                match self.isolated(
                    Place {
                        pc: pc + 3,
                        ptr: start,
                        turn,
                    },
                    true,
                )? {
                    Some(_) => go(self.skip(pc + 1)?, ptr),
                    None => Ok(Next::Failed),
                }
            }
            op::ASSERT_NOT => {
                let found = match ptr.checked_sub(self.code(pc + 2)? as usize) {
                    Some(start) => self
                        .isolated(
                            Place {
                                pc: pc + 3,
                                ptr: start,
                                turn,
                            },
                            false,
                        )?
                        .is_some(),
                    None => false,
                };
                if found {
                    Ok(Next::Failed)
                } else {
                    go(self.skip(pc + 1)?, ptr)
                }
            }
            op::GROUPREF_EXISTS => {
                let group = self.group(self.code(pc + 1)? as usize + 1);
                // This one skip counts from the group's word before it.
                if group.is_some() {
                    go(pc + 3, ptr)
                } else {
                    go(self.skip(pc + 2)? - 1, ptr)
                }
            }
            opcode @ (op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_LOC_IGNORE
            | op::GROUPREF_UNI_IGNORE) => {
                let Some((start, end)) = self.group(self.code(pc + 1)? as usize + 1) else {
                    return Ok(Next::Failed);
                };
                let fold = match opcode {
                    op::GROUPREF => |c| c,
                    op::GROUPREF_UNI_IGNORE => lower_unicode,
                    _ => lower_ascii,
                };
                let same = end - start <= self.end - ptr
                    && (start..end)
                        .zip(ptr..)
                        .all(|(a, b)| fold(self.subject.at(a)) == fold(self.subject.at(b)));
                self.pay((end - start) / 64)?;
                if same {
                    go(pc + 2, ptr + (end - start))
                } else {
                    Ok(Next::Failed)
                }
            }
            // Everything else looks at one character.
            _ => {
                if ptr >= self.end || !self.one(pc, self.subject.at(ptr))? {
                    return Ok(Next::Failed);
                }
                go(self.after_one(pc)?, ptr + 1)
            }
        }
    }

    /// The first alternative, from the skip word at `place.pc` on, that can begin here.
    fn branch(&mut self, Place { mut pc, ptr, turn }: Place) -> Result<Option<Place>, Stop> {
        let turns = self.turns.len() as u32;
        while self.code(pc)? != 0 {
            let next = self.skip(pc)?;
            if self.may_begin(pc + 1, ptr)? {
                self.remember(Choice::Branch {
                    place: Place {
                        pc: next,
                        ptr,
                        turn,
                    },
                    turns,
                })?;
                return Ok(Some(Place {
                    pc: pc + 1,
                    ptr,
                    turn,
                }));
            }
            pc = next;
        }
        Ok(None)
    }

    /// Whether what begins at `pc` can match at all here: a cheap look at its
    /// first character.
    fn may_begin(&self, pc: usize, ptr: usize) -> Result<bool, Stop> {
        Ok(match self.code(pc)? {
            op::LITERAL | op::IN => ptr < self.end && self.one(pc, self.subject.at(ptr))?,
            _ => true,
        })
    }

    /// The longest end between `least` and `ptr` after which the tail can begin.
    fn give_back(
        &mut self,
        tail: usize,
        least: usize,
        ptr: usize,
        turn: u32,
    ) -> Result<Option<Place>, Stop> {
        let turns = self.turns.len() as u32;
        let mut ptr = ptr;
        loop {
            if self.may_begin(tail, ptr)? {
                if ptr > least {
                    self.remember(Choice::GiveBack {
                        tail,
                        least,
                        ptr: ptr - 1,
                        turn,
                        turns,
                    })?;
                }
                return Ok(Some(Place {
                    pc: tail,
                    ptr,
                    turn,
                }));
            }
            if ptr == least {
                return Ok(None);
            }
            ptr -= 1;
            self.step()?;
        }
    }

    fn max_until(&mut self, pc: usize, ptr: usize, turn: u32) -> Result<Next, Stop> {
        let turns = self.turns.len() as u32;
        let Turn {
            codes,
            count,
            last,
            outer,
        } = self.turn(turn)?;
        let (least, most) = (self.code(codes + 1)?, self.code(codes + 2)?);
        let count = count + 1;
        if count < i64::from(least) {
            let turn = self.new_turn(Turn {
                codes,
                count,
                last,
                outer,
            })?;
            return Ok(Next::Go(Place {
                pc: codes + 3,
                ptr,
                turn,
            }));
        }
        let tail = Place {
            pc: pc + 1,
            ptr,
            turn: outer,
        };
        if (count < i64::from(most) || most == MAXREPEAT) && ptr != last {
            self.remember(Choice::Resume { place: tail, turns })?;
            let turn = self.new_turn(Turn {
                codes,
                count,
                last: ptr,
                outer,
            })?;
            return Ok(Next::Go(Place {
                pc: codes + 3,
                ptr,
                turn,
            }));
        }
        Ok(Next::Go(tail))
    }

    fn min_until(&mut self, pc: usize, ptr: usize, turn: u32) -> Result<Next, Stop> {
        let turns = self.turns.len() as u32;
        let Turn {
            codes,
            count,
            last,
            outer,
        } = self.turn(turn)?;
        let count = count + 1;
        if count < i64::from(self.code(codes + 1)?) {
            let turn = self.new_turn(Turn {
                codes,
                count,
                last,
                outer,
            })?;
            return Ok(Next::Go(Place {
                pc: codes + 3,
                ptr,
                turn,
            }));
        }
        self.remember(Choice::TurnAgain { ptr, turn, turns })?;
        Ok(Next::Go(Place {
            pc: pc + 1,
            ptr,
            turn: outer,
        }))
    }

    /// `POSSESSIVE_REPEAT skip min max body SUCCESS tail`: each turn is atomic.
    fn possessive_repeat(&mut self, pc: usize, ptr: usize, turn: u32) -> Result<Next, Stop> {
        let (least, most) = (self.code(pc + 2)?, self.code(pc + 3)?);
        let mut ptr = ptr;
        let mut count = 0;
        while count < most {
            let end = self.isolated(
                Place {
                    pc: pc + 4,
                    ptr,
                    turn,
                },
                true,
            )?;
            match end {
                Some(end) if end != ptr || count < least => ptr = end,
                Some(_) => break,
                None if count < least => return Ok(Next::Failed),
                None => break,
            }
            count += 1;
            self.step()?;
        }
        // The skip leads to the SUCCESS that ends the body.
        Ok(Next::Go(Place {
            pc: self.skip(pc + 1)? + 1,
            ptr,
            turn,
        }))
    }

    /// Runs a part by itself: once matched it is not tried another way. Its
    /// groups stay set if `keep`.
    fn isolated(&mut self, place: Place, keep: bool) -> Result<Option<usize>, Stop> {
        if self.depth >= DEEPEST {
            return Err(Stop::Memory);
        }
        let (base, turns) = (self.choices.len(), self.turns.len());
        self.depth += 1;
        let found = self.run(place);
        self.depth -= 1;
        let found = found?;
        if found.is_some() && keep {
            // Only what restores the groups is needed when this way fails later.
            let mut at = base;
            for index in base..self.choices.len() {
                if matches!(self.choices[index], Choice::Unmark { .. }) {
                    self.choices.swap(at, index);
                    at += 1;
                }
            }
            self.choices.truncate(at);
        } else {
            while self.choices.len() > base {
                if let Some(Choice::Unmark {
                    mark,
                    old,
                    last_index,
                }) = self.choices.pop()
                {
                    self.marks[mark as usize] = old;
                    self.last_index = last_index;
                }
            }
        }
        self.turns.truncate(turns);
        Ok(found)
    }

    /// How many characters from `ptr` on, at most `most`, the one-character code at `pc` takes.
    fn count(&mut self, pc: usize, ptr: usize, most: u32) -> Result<usize, Stop> {
        let room = self.end.saturating_sub(ptr);
        let limit = if most == MAXREPEAT {
            room
        } else {
            room.min(most as usize)
        };
        if self.code(pc)? == op::ANY_ALL {
            return Ok(limit);
        }
        let mut taken = 0;
        while taken < limit && self.one(pc, self.subject.at(ptr + taken))? {
            taken += 1;
            self.step()?;
        }
        Ok(taken)
    }

    /// Whether the one-character code at `pc` takes `c`.
    #[inline]
    fn one(&self, pc: usize, c: u32) -> Result<bool, Stop> {
        Ok(match self.code(pc)? {
            op::LITERAL => c == self.code(pc + 1)?,
            op::NOT_LITERAL => c != self.code(pc + 1)?,
            op::ANY => c != u32::from(b'\n'),
            op::ANY_ALL => true,
            op::IN => contains(self.tail(pc + 2)?, c)?,
            op::CATEGORY => in_category(self.code(pc + 1)?, c),
            op::LITERAL_IGNORE | op::LITERAL_LOC_IGNORE => lower_ascii(c) == self.code(pc + 1)?,
            op::LITERAL_UNI_IGNORE => lower_unicode(c) == self.code(pc + 1)?,
            op::NOT_LITERAL_IGNORE | op::NOT_LITERAL_LOC_IGNORE => {
                lower_ascii(c) != self.code(pc + 1)?
            }
            op::NOT_LITERAL_UNI_IGNORE => lower_unicode(c) != self.code(pc + 1)?,
            op::IN_IGNORE | op::IN_LOC_IGNORE => contains(self.tail(pc + 2)?, lower_ascii(c))?,
            op::IN_UNI_IGNORE => contains(self.tail(pc + 2)?, lower_unicode(c))?,
            _ => return Err(Stop::InvalidCode),
        })
    }

    /// The index behind the one-character code at `pc`.
    fn after_one(&self, pc: usize) -> Result<usize, Stop> {
        match self.code(pc)? {
            op::ANY | op::ANY_ALL => Ok(pc + 1),
            op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE => self.skip(pc + 1),
            _ => Ok(pc + 2),
        }
    }

    /// Whether an `AT` code holds at a place.
    fn holds(&self, code: u32, ptr: usize) -> bool {
        let newline = |index: usize| self.subject.at(index) == u32::from(b'\n');
        let boundary = |word: fn(u32) -> bool| {
            let before = ptr > 0 && word(self.subject.at(ptr - 1));
            let after = ptr < self.end && word(self.subject.at(ptr));
            before != after
        };
        match code {
            at::BEGINNING | at::BEGINNING_STRING => ptr == 0,
            at::BEGINNING_LINE => ptr == 0 || newline(ptr - 1),
            at::END => ptr == self.end || ptr + 1 == self.end && newline(ptr),
            at::END_LINE => ptr == self.end || newline(ptr),
            at::END_STRING => ptr == self.end,
            at::BOUNDARY | at::LOC_BOUNDARY => boundary(is_word),
            at::NON_BOUNDARY | at::LOC_NON_BOUNDARY => !boundary(is_word),
            at::UNI_BOUNDARY => boundary(is_unicode_word),
            at::UNI_NON_BOUNDARY => !boundary(is_unicode_word),
            _ => false,
        }
    }
}

/// What one code led to.
enum Next {
    Go(Place),
    Matched(usize),
    Failed,
}

/// What a match must begin with.
#[derive(Clone, Copy)]
enum First {
    Any,
    Literal(u32),
    /// Index of the set's codes.
    Set(usize),
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
