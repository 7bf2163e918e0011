//! Local time: what the host says of its time zone, and back (`mktime` as glibc has it).

use vitrine_vm::Vm;
use vitrine_vm::host::LocalTime;
use vitrine_vm::object::Ref;

use super::calendar::{Fields, seconds_of};
use super::moment::now;
use crate::native::add;

/// The zone of this year's winter and summer.
pub(super) struct Zones {
    pub(super) winter: LocalTime,
    pub(super) summer: LocalTime,
}

impl Zones {
    /// CPython looks at a day of January and one of July.
    pub(super) fn of_this_year(vm: &Vm) -> Self {
        const YEAR: i64 = (365 * 24 + 6) * 3600;
        let january = now(vm).div_euclid(YEAR) * YEAR;
        let (first, second) = (
            vm.host.local_time(january),
            vm.host.local_time(january + YEAR / 2),
        );
        // South of the equator it is the other way round.
        let (winter, summer) = if first.offset > second.offset {
            (second, first)
        } else {
            (first, second)
        };
        Self { winter, summer }
    }
}

/// `timezone`, `altzone`, `daylight` and `tzname`.
pub(super) fn add_constants(vm: &mut Vm, module: &Ref) {
    let Zones { winter, summer } = Zones::of_this_year(vm);
    let differ = winter.offset != summer.offset;
    for (name, number) in [
        ("timezone", -winter.offset),
        ("altzone", -summer.offset),
        ("daylight", differ.into()),
    ] {
        let number = vm.new_int(number);
        add(vm, module, name, number);
    }
    let (winter, summer) = (vm.new_str(&winter.zone), vm.new_str(&summer.zone));
    let names = vm.new_pair(winter, summer);
    add(vm, module, "tzname", names);
}

/// When the clocks of the zone show these fields. Where they show them twice it is winter
/// time, and where they never do, as if they had not been put forward, unless the fields
/// say whether it is summer time.
pub(super) fn seconds_in_zone(vm: &Vm, t: &Fields) -> i64 {
    const DAY: i64 = 86_400;
    let shown = seconds_of(t);
    let at = |seconds: i64| vm.host.local_time(seconds);
    let with = |zone: &LocalTime| shown - i64::from(zone.offset);
    let around = [at(shown - DAY), at(shown + DAY)];
    let mut right: Vec<&LocalTime> = { around.iter() }
        .filter(|zone| at(with(zone)).offset == zone.offset)
        .collect();
    right.sort_by_key(|zone| zone.summer);
    let guess = with(right.first().copied().unwrap_or(&around[0]));
    let summer = match t[8] {
        ..0 => return guess,
        flag => flag > 0,
    };
    if let Some(zone) = { right.iter() }
        .chain(&[&around[0], &around[1]])
        .find(|zone| zone.summer == summer)
    {
        return with(zone);
    }
    // The nearest time of the year that is of the kind that is asked for.
    const WEEK: i64 = 7 * DAY;
    let nearest = (1..=53)
        .flat_map(|week| [guess - week * WEEK, guess + week * WEEK])
        .map(at)
        .find(|zone| zone.summer == summer);
    match nearest {
        Some(zone) => with(&zone),
        None if summer => guess - 3600,
        None => guess,
    }
}
