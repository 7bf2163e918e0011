//! `time`: the host's clocks and time zone (`Modules/timemodule.c`).

mod calendar;
mod moment;
mod strftime;
mod zone;

use vitrine_vm::object::{Args, MethodDef, Ref, Ty};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use self::moment::{Moment, fields, given_or_now};
use self::strftime::{asctime, strftime};
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
    zone::add_constants(vm, module);
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
        &["tm_zone", "tm_gmtoff"],
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
    MethodDef::new("gmtime", "($module, seconds=None, /)", "", |vm, a| {
        let seconds = given_or_now(vm, a)?;
        Moment::utc(seconds).into_struct(vm)
    }),
    MethodDef::new("localtime", "($module, seconds=None, /)", "", |vm, a| {
        let seconds = given_or_now(vm, a)?;
        Moment::local(vm, seconds).into_struct(vm)
    }),
    MethodDef::new("mktime", "($module, tuple, /)", "", |vm, a| {
        let fields = fields(vm, &a[1])?;
        let seconds = zone::seconds_in_zone(vm, &fields);
        Ok(vm.new_float(seconds as f64))
    }),
    MethodDef::new("asctime", "($module, tuple=None, /)", "", |vm, a| {
        let fields = match a.get(1) {
            Some(t) => fields(vm, t)?,
            None => Moment::now(vm).fields,
        };
        Ok(vm.new_str(&asctime(&fields)))
    }),
    MethodDef::new("ctime", "($module, seconds=None, /)", "", |vm, a| {
        let seconds = given_or_now(vm, a)?;
        let text = asctime(&Moment::local(vm, seconds).fields);
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
    // The zone is the host's, whatever the program's environment says.
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
