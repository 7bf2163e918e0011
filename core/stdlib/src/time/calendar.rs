//! The proleptic Gregorian calendar: seconds since 1970, and the fields of a `struct_time`.

/// Year, month, day, hour, minute, second, day of the week from Monday, day of the year,
/// whether summer time (-1: who knows).
pub(super) type Fields = [i64; 9];

/// Days since 1970 of a date of the proleptic Gregorian calendar; months count from 1
/// and may be any number.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
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
pub(super) fn civil(seconds: i64) -> Fields {
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

/// Seconds since 1970 of fields that are of UTC.
pub(super) fn seconds_of(t: &Fields) -> i64 {
    let days = days_from_civil(t[0], t[1], 1) + t[2] - 1;
    ((days * 24 + t[3]) * 60 + t[4]) * 60 + t[5]
}

/// Year and week by ISO 8601.
pub(super) fn iso_week(t: &Fields) -> (i64, i64) {
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
    use super::super::strftime::asctime;
    use super::{civil, seconds_of};

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
            assert_eq!(seconds_of(&t), seconds);
        }
    }
}
