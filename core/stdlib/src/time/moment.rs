//! Times as programs give and get them: seconds, tuples of fields, and `struct_time`.

use vitrine_vm::host::LocalTime;
use vitrine_vm::object::{Args, Ref};
use vitrine_vm::{PyResult, Vm};

use super::calendar::{Fields, civil};
use super::struct_time;
use super::zone::Zones;
use crate::native::{need_i64, real};

/// A time in a zone.
pub(super) struct Moment {
    pub(super) fields: Fields,
    /// Seconds east of Greenwich.
    pub(super) offset: i64,
    pub(super) zone: String,
}

impl Moment {
    pub(super) fn utc(seconds: i64) -> Self {
        Self {
            fields: civil(seconds),
            offset: 0,
            zone: "GMT".to_owned(),
        }
    }

    pub(super) fn local(vm: &Vm, seconds: i64) -> Self {
        let LocalTime {
            offset,
            summer,
            zone,
        } = vm.host.local_time(seconds);
        let mut fields = civil(seconds + i64::from(offset));
        fields[8] = summer.into();
        Self {
            fields,
            offset: offset.into(),
            zone,
        }
    }

    pub(super) fn now(vm: &Vm) -> Self {
        Self::local(vm, now(vm))
    }

    /// What a tuple or a `struct_time` says; a tuple says nothing of its zone but
    /// whether it is summer there.
    pub(super) fn of(vm: &mut Vm, value: &Ref) -> PyResult<Self> {
        let fields = fields(vm, value)?;
        let (mut offset, mut zone) = (0, None);
        let ty = struct_time(vm);
        if vm.type_of(value) == ty {
            let given = vm.get_attr_str(value, "tm_gmtoff")?;
            if !given.is_none() {
                offset = need_i64(vm, &given)?;
            }
            let given = vm.get_attr_str(value, "tm_zone")?;
            zone = given.as_str().is_some().then(|| vm.text_of(&given));
        }
        let zone = zone.unwrap_or_else(|| match fields[8] {
            ..0 => String::new(),
            summer => {
                let zones = Zones::of_this_year(vm);
                if summer > 0 {
                    zones.summer.zone
                } else {
                    zones.winter.zone
                }
            }
        });
        Ok(Self {
            fields,
            offset,
            zone,
        })
    }

    pub(super) fn into_struct(self, vm: &mut Vm) -> PyResult {
        let items = self.fields.iter().map(|&field| vm.new_int(field)).collect();
        let ty = struct_time(vm);
        let result = vm.new_tuple_of(ty, items);
        let (key, zone) = (vm.intern("tm_zone"), vm.new_str(&self.zone));
        vm.set_attr(&result, &key, &zone)?;
        let (key, offset) = (vm.intern("tm_gmtoff"), vm.new_int(self.offset));
        vm.set_attr(&result, &key, &offset)?;
        Ok(result)
    }
}

/// The present, in seconds since 1970.
pub(super) fn now(vm: &Vm) -> i64 {
    vm.host.time_ns().div_euclid(1_000_000_000) as i64
}

/// The seconds that a function is given; the present if it is given none.
pub(super) fn given_or_now(vm: &mut Vm, args: Args<'_>) -> PyResult<i64> {
    let Some(seconds) = args.get_not_none(1) else {
        return Ok(now(vm));
    };
    let seconds = real(vm, seconds)?.floor();
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds.abs() > 6e16 {
        return Err(vm.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(seconds as i64)
}

/// The fields of a tuple or a `struct_time`, each within its limits.
pub(super) fn fields(vm: &mut Vm, value: &Ref) -> PyResult<Fields> {
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
