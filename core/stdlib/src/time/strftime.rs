//! Times as text: `asctime`, and the directives of C's `strftime` in the C locale.

use super::calendar::{Fields, iso_week};
use super::moment::Moment;
use super::zone::seconds_in_zone;
use crate::native::need_text;
use vitrine_vm::object::Args;
use vitrine_vm::{PyResult, Vm};

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

pub(super) fn asctime(t: &Fields) -> String {
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

pub(super) fn strftime(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let format = need_text(vm, &args[1], "strftime() argument 1")?;
    let moment = match args.get(2) {
        Some(t) => Moment::of(vm, t)?,
        None => Moment::now(vm),
    };
    let mut out = String::with_capacity(format.len() * 2);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('s') => out.push_str(&seconds_in_zone(vm, &moment.fields).to_string()),
            Some(c) => directive(&mut out, c, &moment),
            None => out.push('%'),
        }
    }
    Ok(vm.new_str(&out))
}

fn directive(out: &mut String, c: char, moment: &Moment) {
    let t = &moment.fields;
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
        'S' => format!("{:02}", t[5]),
        't' => "\t".to_owned(),
        'T' | 'X' => format!("{:02}:{:02}:{:02}", t[3], t[4], t[5]),
        'u' => (t[6] + 1).to_string(),
        'U' => format!("{:02}", (t[7] - 1 + 7 - sunday) / 7),
        'w' => sunday.to_string(),
        'W' => format!("{:02}", (t[7] - 1 + 7 - t[6]) / 7),
        'y' => format!("{:02}", t[0].rem_euclid(100)),
        'Y' => t[0].to_string(),
        'z' if t[8] < 0 => String::new(),
        'z' => {
            let minutes = moment.offset.abs() / 60;
            let sign = if moment.offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        'Z' => moment.zone.clone(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    };
    out.push_str(&text);
}
