//! `time`: the host's clocks; civil time is UTC (`Modules/timemodule.c`).

use vitrine_vm::object::{Args, MethodDef, Ref, Ty};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions, need_i64, need_text, real};

pub(crate) const MODULE: NativeModule = NativeModule { name: "time", init };

#[derive(Default)]
struct State {
    struct_time: Option<Ty>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let ty = struct_time(vm);
    add(vm, module, "struct_time", ty.to_ref());
    add(vm, module, "_STRUCT_TM_ITEMS", Ref::small_int(11));
    for name in ["timezone", "altzone", "daylight"] {
        add(vm, module, name, Ref::small_int(0));
    }
    for (name, number) in [
        ("CLOCK_REALTIME", 0),
        ("CLOCK_MONOTONIC", 1),
        ("CLOCK_PROCESS_CPUTIME_ID", 2),
        ("CLOCK_THREAD_CPUTIME_ID", 3),
        ("CLOCK_MONOTONIC_RAW", 4),
        ("CLOCK_BOOTTIME", 7),
        ("CLOCK_TAI", 11),
    ] {
        add(vm, module, name, Ref::small_int(number));
    }
    let zone = vm.new_str("UTC");
    let zones = vm.new_pair(zone.clone(), zone);
    add(vm, module, "tzname", zones);
    add_functions(vm, module, FUNCTIONS)
}

fn struct_time(vm: &mut Vm) -> Ty {
    if let Some(ty) = vm.state::<State>().struct_time {
        return ty;
    }
    let ty = vm.new_struct_type(
        "time",
        "struct_time",
        &[
            "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday",
            "tm_isdst",
        ],
    );
    vm.state::<State>().struct_time = Some(ty);
    ty
}

macro_rules! clock {
    ($name:literal $nanoseconds:literal $read:ident) => {
        [
            MethodDef::new($name, "($module, /)", "", |vm, _| {
                let now = vm.host.$read();
                Ok(vm.new_float(now as f64 / 1e9))
            }),
            MethodDef::new($nanoseconds, "($module, /)", "", |vm, _| {
                let now = vm.host.$read();
                Ok(vm.new_int(now))
            }),
        ]
    };
}

const CLOCKS: [[MethodDef; 2]; 5] = [
    clock!("time" "time_ns" time_ns),
    clock!("monotonic" "monotonic_ns" monotonic_ns),
    clock!("perf_counter" "perf_counter_ns" monotonic_ns),
    clock!("process_time" "process_time_ns" process_time_ns),
    clock!("thread_time" "thread_time_ns" thread_time_ns),
];

/// What `get_clock_info` tells: the host's clocks count nanoseconds.
fn clock_info(vm: &mut Vm, a: Args<'_>) -> PyResult {
    let name = need_text(vm, &a[1], "get_clock_info() argument 1")?;
    let (implementation, monotonic) = match &*name {
        "time" => ("clock_gettime(CLOCK_REALTIME)", false),
        "monotonic" | "perf_counter" => ("clock_gettime(CLOCK_MONOTONIC)", true),
        "process_time" => ("clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true),
        "thread_time" => ("clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true),
        _ => return Err(vm.value_error("unknown clock")),
    };
    let info = vm.new_instance(vm.types.simple_namespace);
    let values = [
        ("implementation", vm.new_str(implementation)),
        ("monotonic", Ref::bool(monotonic)),
        ("adjustable", Ref::bool(!monotonic)),
        ("resolution", vm.new_float(1e-9)),
    ];
    for (name, value) in values {
        let name = vm.intern(name);
        vm.set_attr(&info, &name, &value)?;
    }
    Ok(info)
}

const FUNCTIONS: &[MethodDef] = &[
    CLOCKS[0][0],
    CLOCKS[0][1],
    CLOCKS[1][0],
    CLOCKS[1][1],
    CLOCKS[2][0],
    CLOCKS[2][1],
    CLOCKS[3][0],
    CLOCKS[3][1],
    CLOCKS[4][0],
    CLOCKS[4][1],
    MethodDef::new("sleep", "($module, seconds, /)", "", sleep),
    MethodDef::new(
        "get_clock_info",
        "($module, name, /)",
        "Get information of the specified clock.",
        clock_info,
    ),
    MethodDef::new("gmtime", "($module, seconds=None, /)", "", gmtime),
    MethodDef::new("localtime", "($module, seconds=None, /)", "", gmtime),
    MethodDef::new("mktime", "($module, tuple, /)", "", |vm, a| {
        let t = fields(vm, &a[1])?;
        let days = days_from_civil(t[0], t[1], 1) + t[2] - 1;
        let seconds = ((days * 24 + t[3]) * 60 + t[4]) * 60 + t[5];
        Ok(vm.new_float(seconds as f64))
    }),
    MethodDef::new("asctime", "($module, tuple=None, /)", "", |vm, a| {
        let t = match a.get(1) {
            Some(t) => fields(vm, t)?,
            None => now(vm),
        };
        let text = asctime(&t);
        Ok(vm.new_str(&text))
    }),
    MethodDef::new("ctime", "($module, seconds=None, /)", "", |vm, a| {
        let t = given_or_now(vm, a.get_not_none(1))?;
        let text = asctime(&t);
        Ok(vm.new_str(&text))
    }),
    MethodDef::new("strftime", "($module, format, tuple=None, /)", "", strftime),
    MethodDef::new(
        "strptime",
        "($module, string, format='%a %b %d %H:%M:%S %Y', /)",
        "",
        |vm, a| {
            let import = vm.intern("__import__");
            let builtins = vm.builtins.clone();
            let Some(import) = vm.dict_get(&builtins, &import)? else {
                return Err(vm.runtime_error("no __import__"));
            };
            let name = vm.new_str("_strptime");
            let module = vm.call(&import, &[name])?;
            let mut given = vec![a[1].clone()];
            given.extend(a.get(2).cloned());
            vm.call_method(&module, "_strptime_time", &given)
        },
    ),
    MethodDef::new("tzset", "($module, /)", "", |_, _| Ok(Ref::none())),
    MethodDef::new("clock_gettime", "($module, clk_id, /)", "", |vm, a| {
        let now = clock(vm, &a[1])?;
        Ok(vm.new_float(now as f64 / 1e9))
    }),
    MethodDef::new("clock_gettime_ns", "($module, clk_id, /)", "", |vm, a| {
        let now = clock(vm, &a[1])?;
        Ok(vm.new_int(now))
    }),
    MethodDef::new("clock_getres", "($module, clk_id, /)", "", |vm, _| {
        Ok(vm.new_float(1e-9))
    }),
];

fn clock(vm: &mut Vm, id: &Ref) -> PyResult<i128> {
    Ok(match need_i64(vm, id)? {
        0 => vm.host.time_ns(),
        1 => vm.host.monotonic_ns().into(),
        2 => vm.host.process_time_ns().into(),
        3 => vm.host.thread_time_ns().into(),
        _ => return Err(vm.errno_error(22, "Invalid argument", None)),
    })
}

fn sleep(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let seconds = real(vm, &args[1])?;
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    if seconds > 9.2e9 {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    // Other threads run meanwhile.
    vm.sleep((seconds * 1e9) as u64)?;
    Ok(Ref::none())
}

/// Days since 1970 of a date of the proleptic Gregorian calendar; months count from 1
/// and may be any number.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (
        year + (month - 1).div_euclid(12),
        (month - 1).rem_euclid(12) + 1,
    );
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The nine fields of a time in UTC.
fn civil(seconds: i64) -> [i64; 9] {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let yday = days - days_from_civil(year, 1, 1) + 1;
    let wday = (days + 3).rem_euclid(7);
    [
        year,
        month,
        day,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        wday,
        yday,
        0,
    ]
}

fn now(vm: &mut Vm) -> [i64; 9] {
    civil((vm.host.time_ns().div_euclid(1_000_000_000)) as i64)
}

fn given_or_now(vm: &mut Vm, seconds: Option<&Ref>) -> PyResult<[i64; 9]> {
    let Some(seconds) = seconds else {
        return Ok(now(vm));
    };
    let seconds = real(vm, seconds)?.floor();
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds.abs() > 6e16 {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(civil(seconds as i64))
}

fn gmtime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let t = given_or_now(vm, args.get_not_none(1))?;
    let items = t.iter().map(|&field| vm.new_int(field)).collect();
    let ty = struct_time(vm);
    let result = vm.new_tuple_of(ty, items);
    let (key, zone) = (vm.intern("tm_zone"), vm.new_str("UTC"));
    vm.set_attr(&result, &key, &zone)?;
    let key = vm.intern("tm_gmtoff");
    vm.set_attr(&result, &key, &Ref::small_int(0))?;
    Ok(result)
}

fn fields(vm: &mut Vm, value: &Ref) -> PyResult<[i64; 9]> {
    let Some(items) = value.as_tuple().map(|items| items.to_vec()) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if items.len() < 9 {
        return Err(vm.type_error(format!(
            "function takes exactly 9 arguments ({} given)",
            items.len()
        )));
    }
    let mut fields = [0; 9];
    for (field, item) in fields.iter_mut().zip(&items) {
        *field = need_i64(vm, item)?;
    }
    if !(-1_000_000_000..=1_000_000_000).contains(&fields[0]) {
        return Err(vm.overflow_error("year out of range"));
    }
    let limits = [
        (1, 0, 12, "month"),
        (2, 0, 31, "day of month"),
        (3, 0, 23, "hour"),
        (4, 0, 59, "minute"),
        (5, 0, 61, "seconds"),
        (7, 0, 366, "day of year"),
    ];
    for (at, low, high, what) in limits {
        if !(low..=high).contains(&fields[at]) {
            return Err(vm.value_error(format!("{what} out of range")));
        }
    }
    for at in [1, 2, 7] {
        fields[at] = fields[at].max(1);
    }
    if fields[6] < 0 {
        return Err(vm.value_error("day of week out of range"));
    }
    fields[6] %= 7;
    Ok(fields)
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

fn asctime(t: &[i64; 9]) -> String {
    format!(
        "{} {} {:2} {:02}:{:02}:{:02} {}",
        &DAYS[t[6] as usize][..3],
        &MONTHS[(t[1] - 1) as usize][..3],
        t[2],
        t[3],
        t[4],
        t[5],
        t[0]
    )
}

fn strftime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let format = need_text(vm, &args[1], "strftime() argument 1")?;
    let t = match args.get(2) {
        Some(t) => fields(vm, t)?,
        None => now(vm),
    };
    let mut out = String::with_capacity(format.len() * 2);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some(c) => directive(&mut out, c, &t),
            None => out.push('%'),
        }
    }
    Ok(vm.new_str(&out))
}

fn directive(out: &mut String, c: char, t: &[i64; 9]) {
    let (day, month) = (DAYS[t[6] as usize], MONTHS[(t[1] - 1) as usize]);
    let hour12 = (t[3] + 11) % 12 + 1;
    let sunday = (t[6] + 1) % 7;
    let text = match c {
        'a' => day[..3].to_owned(),
        'A' => day.to_owned(),
        'b' | 'h' => month[..3].to_owned(),
        'B' => month.to_owned(),
        'c' => asctime(t),
        'C' => format!("{:02}", t[0].div_euclid(100)),
        'd' => format!("{:02}", t[2]),
        'D' | 'x' => format!("{:02}/{:02}/{:02}", t[1], t[2], t[0].rem_euclid(100)),
        'e' => format!("{:2}", t[2]),
        'F' => format!("{}-{:02}-{:02}", t[0], t[1], t[2]),
        'G' => iso_week(t).0.to_string(),
        'g' => format!("{:02}", iso_week(t).0.rem_euclid(100)),
        'V' => format!("{:02}", iso_week(t).1),
        'H' => format!("{:02}", t[3]),
        'I' => format!("{hour12:02}"),
        'j' => format!("{:03}", t[7]),
        'k' => format!("{:2}", t[3]),
        'l' => format!("{hour12:2}"),
        'm' => format!("{:02}", t[1]),
        'M' => format!("{:02}", t[4]),
        'n' => "\n".to_owned(),
        'p' => if t[3] < 12 { "AM" } else { "PM" }.to_owned(),
        'r' => format!(
            "{hour12:02}:{:02}:{:02} {}",
            t[4],
            t[5],
            if t[3] < 12 { "AM" } else { "PM" }
        ),
        'R' => format!("{:02}:{:02}", t[3], t[4]),
        's' => {
            let days = days_from_civil(t[0], t[1], t[2]);
            (((days * 24 + t[3]) * 60 + t[4]) * 60 + t[5]).to_string()
        }
        'S' => format!("{:02}", t[5]),
        't' => "\t".to_owned(),
        'T' | 'X' => format!("{:02}:{:02}:{:02}", t[3], t[4], t[5]),
        'u' => (t[6] + 1).to_string(),
        'U' => format!("{:02}", (t[7] - 1 + 7 - sunday) / 7),
        'w' => sunday.to_string(),
        'W' => format!("{:02}", (t[7] - 1 + 7 - t[6]) / 7),
        'y' => format!("{:02}", t[0].rem_euclid(100)),
        'Y' => t[0].to_string(),
        'z' => "+0000".to_owned(),
        'Z' => "UTC".to_owned(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    };
    out.push_str(&text);
}

/// Year and week by ISO 8601.
fn iso_week(t: &[i64; 9]) -> (i64, i64) {
    let weeks = |year: i64| {
        let ends = |year: i64| {
            (year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)).rem_euclid(7)
        };
        if ends(year) == 4 || ends(year - 1) == 3 {
            53
        } else {
            52
        }
    };
    let week = (t[7] - t[6] + 9) / 7;
    if week < 1 {
        (t[0] - 1, weeks(t[0] - 1))
    } else if week > weeks(t[0]) {
        (t[0] + 1, 1)
    } else {
        (t[0], week)
    }
}

#[cfg(test)]
mod tests {
    use super::{asctime, civil, days_from_civil};

    #[test]
    fn calendar() {
        for (seconds, expected) in [
            (0, "Thu Jan  1 00:00:00 1970"),
            (951_782_399, "Mon Feb 28 23:59:59 2000"),
            (951_782_400, "Tue Feb 29 00:00:00 2000"),
            (-1, "Wed Dec 31 23:59:59 1969"),
            (253_402_300_799, "Fri Dec 31 23:59:59 9999"),
        ] {
            let t = civil(seconds);
            assert_eq!(asctime(&t), expected);
            let days = days_from_civil(t[0], t[1], t[2]);
            assert_eq!(((days * 24 + t[3]) * 60 + t[4]) * 60 + t[5], seconds);
        }
    }
}
