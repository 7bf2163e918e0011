//! `time`: the host's clocks. The calendar is UTC, for a program has no time zone.

use super::{add, add_functions, structseq};
use crate::error::PyResult;
use crate::object::{Args, MethodDef, Ref};
use crate::types::float;
use crate::vm::Vm;

/// The type of broken-down times.
#[derive(Default)]
struct State {
    struct_time: Option<Ref>,
}

const FIELDS: [&str; 9] = [
    "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst",
];

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    let struct_time = structseq::new_type(vm, "time", "struct_time", &FIELDS).to_ref();
    add(vm, module, "struct_time", struct_time.clone());
    vm.state::<State>().struct_time = Some(struct_time);
    for name in ["timezone", "altzone", "daylight"] {
        add(vm, module, name, Ref::small_int(0));
    }
    let utc = vm.new_str("UTC");
    let names = vm.new_pair(utc.clone(), utc);
    add(vm, module, "tzname", names);
    for (name, value) in [
        ("CLOCK_REALTIME", 0),
        ("CLOCK_MONOTONIC", 1),
        ("CLOCK_PROCESS_CPUTIME_ID", 2),
        ("CLOCK_THREAD_CPUTIME_ID", 3),
    ] {
        add(vm, module, name, Ref::small_int(value));
    }
    Ok(())
}

fn seconds(vm: &mut Vm, nanoseconds: i128) -> PyResult {
    Ok(vm.new_float(nanoseconds as f64 / 1e9))
}

fn sleep(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let wanted = float::real(vm, &args[0])?;
    if wanted < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    match vm.host.sleep_ns((wanted * 1e9) as u64) {
        Ok(()) => Ok(Ref::none()),
        Err(error) => Err(vm.new_exc(vm.exc.OSError, error.to_string())),
    }
}

/// The civil date of a day counted from 1970-01-01 (days in 400-year eras from March on).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day number of a civil date.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn gmtime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let stamp = match args.get_not_none(0) {
        Some(stamp) => float::real(vm, stamp)?.floor(),
        None => (vm.host.time_ns().div_euclid(1_000_000_000)) as f64,
    };
    if !(-6e16..6e16).contains(&stamp) {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    }
    let stamp = stamp as i64;
    let (days, rest) = (stamp.div_euclid(86_400), stamp.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let values = [
        year,
        month,
        day,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        (days + 3).rem_euclid(7),
        days - day_number(year, 1, 1) + 1,
        0,
    ];
    let values = values.map(|value| vm.new_int(value)).to_vec();
    let ty = vm
        .state::<State>()
        .struct_time
        .clone()
        .and_then(|ty| ty.as_type())
        .unwrap_or(vm.types.tuple);
    Ok(vm.new_tuple_of(ty, values))
}

/// The numbers of a `struct_time` or a tuple like one.
fn parts(vm: &mut Vm, value: &Ref) -> PyResult<Vec<i64>> {
    let Some(items) = value.as_tuple().filter(|items| items.len() >= 9) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    let mut numbers = Vec::new();
    for item in items.iter().take(9) {
        numbers.push(vm.index_isize(item, "")? as i64);
    }
    Ok(numbers)
}

fn mktime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let numbers = parts(vm, &args[0])?;
    let days = day_number(numbers[0], numbers[1].clamp(1, 12), 1) + numbers[2] - 1;
    let stamp = days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5];
    Ok(vm.new_float(stamp as f64))
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn broken_down(vm: &mut Vm, given: Option<&Ref>) -> PyResult<Vec<i64>> {
    match given {
        Some(given) => parts(vm, given),
        None => {
            let now = gmtime(vm, Args::from_refs(&[], &[]))?;
            parts(vm, &now)
        }
    }
}

fn asctime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let n = broken_down(vm, args.get(0))?;
    let text = format!(
        "{} {} {:2} {:02}:{:02}:{:02} {}",
        &DAYS[n[6].rem_euclid(7) as usize][..3],
        &MONTHS[(n[1] - 1).rem_euclid(12) as usize][..3],
        n[2],
        n[3],
        n[4],
        n[5],
        n[0]
    );
    Ok(vm.new_str(&text))
}

fn strftime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let format = crate::types::str::need_str(vm, &args[0], "strftime() argument 1")?.to_string();
    let n = broken_down(vm, args.get(1))?;
    let (day, month) = (
        DAYS[n[6].rem_euclid(7) as usize],
        MONTHS[(n[1] - 1).rem_euclid(12) as usize],
    );
    let mut out = String::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let hour12 = if n[3] % 12 == 0 { 12 } else { n[3] % 12 };
        match rest.next() {
            Some('Y') => out.push_str(&n[0].to_string()),
            Some('y') => out.push_str(&format!("{:02}", n[0].rem_euclid(100))),
            Some('m') => out.push_str(&format!("{:02}", n[1])),
            Some('d') => out.push_str(&format!("{:02}", n[2])),
            Some('e') => out.push_str(&format!("{:2}", n[2])),
            Some('H') => out.push_str(&format!("{:02}", n[3])),
            Some('I') => out.push_str(&format!("{hour12:02}")),
            Some('M') => out.push_str(&format!("{:02}", n[4])),
            Some('S') => out.push_str(&format!("{:02}", n[5])),
            Some('p') => out.push_str(if n[3] < 12 { "AM" } else { "PM" }),
            Some('j') => out.push_str(&format!("{:03}", n[7])),
            Some('w') => out.push_str(&((n[6] + 1) % 7).to_string()),
            Some('u') => out.push_str(&(n[6] + 1).to_string()),
            Some('a') => out.push_str(&day[..3]),
            Some('A') => out.push_str(day),
            Some('b' | 'h') => out.push_str(&month[..3]),
            Some('B') => out.push_str(month),
            Some('Z') => out.push_str("UTC"),
            Some('z') => out.push_str("+0000"),
            Some('F') => out.push_str(&format!("{}-{:02}-{:02}", n[0], n[1], n[2])),
            Some('T' | 'X') => out.push_str(&format!("{:02}:{:02}:{:02}", n[3], n[4], n[5])),
            Some('R') => out.push_str(&format!("{:02}:{:02}", n[3], n[4])),
            Some('D' | 'x') => out.push_str(&format!(
                "{:02}/{:02}/{:02}",
                n[1],
                n[2],
                n[0].rem_euclid(100)
            )),
            Some('c') => out.push_str(&format!(
                "{} {} {:2} {:02}:{:02}:{:02} {}",
                &day[..3],
                &month[..3],
                n[2],
                n[3],
                n[4],
                n[5],
                n[0]
            )),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('%') => out.push('%'),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    Ok(vm.new_str(&out))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "time",
        "()",
        "Return the current time in seconds since the Epoch.",
        |vm, _| {
            let now = vm.host.time_ns();
            seconds(vm, now)
        },
    ),
    MethodDef::new(
        "time_ns",
        "()",
        "Return the current time in nanoseconds since the Epoch.",
        |vm, _| {
            let now = vm.host.time_ns();
            Ok(vm.new_int(now))
        },
    ),
    MethodDef::new(
        "monotonic",
        "()",
        "Monotonic clock, cannot go backward.",
        |vm, _| {
            let now = vm.host.monotonic_ns();
            seconds(vm, now.into())
        },
    ),
    MethodDef::new(
        "monotonic_ns",
        "()",
        "Monotonic clock, cannot go backward, as nanoseconds.",
        |vm, _| {
            let now = vm.host.monotonic_ns();
            Ok(vm.new_int(now))
        },
    ),
    MethodDef::new(
        "perf_counter",
        "()",
        "Performance counter for benchmarking.",
        |vm, _| {
            let now = vm.host.monotonic_ns();
            seconds(vm, now.into())
        },
    ),
    MethodDef::new(
        "perf_counter_ns",
        "()",
        "Performance counter for benchmarking as nanoseconds.",
        |vm, _| {
            let now = vm.host.monotonic_ns();
            Ok(vm.new_int(now))
        },
    ),
    MethodDef::new(
        "process_time",
        "()",
        "Process time for profiling: sum of the kernel and user-space CPU time.",
        |vm, _| {
            let now = vm.host.process_time_ns();
            seconds(vm, now.into())
        },
    ),
    MethodDef::new(
        "process_time_ns",
        "()",
        "Process time for profiling as nanoseconds.",
        |vm, _| {
            let now = vm.host.process_time_ns();
            Ok(vm.new_int(now))
        },
    ),
    MethodDef::new(
        "thread_time",
        "()",
        "Thread time for profiling.",
        |vm, _| {
            let now = vm.host.process_time_ns();
            seconds(vm, now.into())
        },
    ),
    MethodDef::new(
        "thread_time_ns",
        "()",
        "Thread time for profiling as nanoseconds.",
        |vm, _| {
            let now = vm.host.process_time_ns();
            Ok(vm.new_int(now))
        },
    ),
    MethodDef::new(
        "sleep",
        "(seconds, /)",
        "Delay execution for a given number of seconds.",
        sleep,
    ),
    MethodDef::new(
        "gmtime",
        "(seconds=None, /)",
        "Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).",
        gmtime,
    ),
    MethodDef::new(
        "localtime",
        "(seconds=None, /)",
        "Convert seconds since the Epoch to a time tuple expressing local time.",
        gmtime,
    ),
    MethodDef::new(
        "mktime",
        "(tuple, /)",
        "Convert a time tuple in local time to seconds since the Epoch.",
        mktime,
    ),
    MethodDef::new(
        "asctime",
        "(tuple=None, /)",
        "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.",
        asctime,
    ),
    MethodDef::new(
        "ctime",
        "(seconds=None, /)",
        "Convert a time in seconds since the Epoch to a string in local time.",
        |vm, args| {
            let time = gmtime(vm, args)?;
            asctime(vm, Args::from_refs(&[time], &[]))
        },
    ),
    MethodDef::new(
        "strftime",
        "(format, tuple=None, /)",
        "Convert a time tuple to a string according to a format specification.",
        strftime,
    ),
    MethodDef::new(
        "tzset",
        "()",
        "Initialize, or reinitialize, the local timezone.",
        |_, _| Ok(Ref::none()),
    ),
];
