//! `zlib`: DEFLATE in its three wrappers, by flate2.
//!
//! flate2 knows raw and zlib streams; the head and tail of gzip are written and
//! read here.

use std::cell::Cell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use vitrine_vm::error::Exc;
use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Ty, TypeDef, type_flags,
};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::binascii::{crc32, low_bits};
use crate::native::{Params, add, add_functions, need_i64, params};

pub(crate) const MODULE: NativeModule = NativeModule { name: "zlib", init };

#[derive(Default)]
struct State {
    error: Cell<Option<Ty>>,
    types: Cell<Option<(Ty, Ty)>>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let class = crate::native::new_exception(vm, "zlib", "error", vm.exc.Exception)?;
    let types = (vm.new_type(None, &COMPRESS), vm.new_type(None, &DECOMPRESS));
    let state = vm.state::<State>();
    state.error.set(class.as_type());
    state.types.set(Some(types));
    add(vm, module, "error", class);
    let decompressor = vm.new_type(None, &DECOMPRESSOR);
    add(vm, module, "_ZlibDecompressor", decompressor.to_ref());
    for (name, value) in [
        ("MAX_WBITS", 15),
        ("DEFLATED", 8),
        ("DEF_MEM_LEVEL", 8),
        ("DEF_BUF_SIZE", 16384),
        ("Z_NO_COMPRESSION", 0),
        ("Z_BEST_SPEED", 1),
        ("Z_BEST_COMPRESSION", 9),
        ("Z_DEFAULT_COMPRESSION", -1),
        ("Z_FILTERED", 1),
        ("Z_HUFFMAN_ONLY", 2),
        ("Z_RLE", 3),
        ("Z_FIXED", 4),
        ("Z_DEFAULT_STRATEGY", 0),
        ("Z_FINISH", 4),
        ("Z_NO_FLUSH", 0),
        ("Z_PARTIAL_FLUSH", 1),
        ("Z_SYNC_FLUSH", 2),
        ("Z_FULL_FLUSH", 3),
        ("Z_BLOCK", 5),
        ("Z_TREES", 6),
    ] {
        add(vm, module, name, Ref::small_int(value));
    }
    for (name, text) in [
        ("ZLIB_VERSION", "1.3.1"),
        ("ZLIB_RUNTIME_VERSION", "1.3.1"),
        ("__version__", "1.0"),
    ] {
        let text = vm.new_str(text);
        add(vm, module, name, text);
    }
    add_functions(vm, module, FUNCTIONS)
}

fn error(vm: &mut Vm, text: impl AsRef<str>) -> Exc {
    let class = vm.state::<State>().error.get().unwrap_or(vm.exc.Exception);
    vm.new_exc(class, text)
}

/// What is around the raw stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Raw,
    Zlib,
    Gzip,
    /// zlib or gzip, told by the first bytes.
    Either,
}

fn wrapper(vm: &mut Vm, value: Option<&Ref>) -> PyResult<Wrapper> {
    let wbits = value.map_or(Ok(15), |value| need_i64(vm, value))?;
    match wbits {
        -15..=-8 => Ok(Wrapper::Raw),
        0 | 8..=15 => Ok(Wrapper::Zlib),
        24..=31 => Ok(Wrapper::Gzip),
        32 | 40..=47 => Ok(Wrapper::Either),
        _ => Err(vm.value_error("Invalid initialization option")),
    }
}

/// A stream being compressed.
struct Writing {
    raw: Compress,
    wrapper: Wrapper,
    started: bool,
    finished: bool,
    crc: crc32fast::Hasher,
    length: u32,
}

impl Writing {
    fn new(level: u32, wrapper: Wrapper) -> Self {
        Self {
            raw: Compress::new(Compression::new(level), wrapper == Wrapper::Zlib),
            wrapper,
            started: false,
            finished: false,
            crc: crc32fast::Hasher::new(),
            length: 0,
        }
    }

    fn run(&mut self, mut data: &[u8], flush: FlushCompress) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(data.len() / 2 + 64);
        if self.wrapper == Wrapper::Gzip && !self.started {
            out.extend_from_slice(b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
        }
        self.started = true;
        self.crc.update(data);
        self.length = self.length.wrapping_add(data.len() as u32);
        loop {
            out.reserve(data.len() / 2 + 128);
            let (read, room) = (self.raw.total_in(), out.capacity());
            let status = self.raw.compress_vec(data, &mut out, flush).ok()?;
            data = &data[(self.raw.total_in() - read) as usize..];
            let done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => data.is_empty() && out.len() < room,
            };
            if done {
                break;
            }
        }
        if matches!(flush, FlushCompress::Finish) {
            self.finished = true;
            if self.wrapper == Wrapper::Gzip {
                out.extend_from_slice(&self.crc.clone().finalize().to_le_bytes());
                out.extend_from_slice(&self.length.to_le_bytes());
            }
        }
        Some(out)
    }
}

/// A stream being decompressed.
struct Reading {
    wrapper: Wrapper,
    /// Made when the wrapper is known.
    raw: Option<Decompress>,
    /// The bytes of a gzip head or tail so far.
    held: Vec<u8>,
    /// Given and not yet read.
    waiting: Vec<u8>,
    body_done: bool,
    eof: bool,
    crc: crc32fast::Hasher,
    length: u32,
}

/// Why a stream cannot be read.
enum Broken {
    Header,
    Data,
    Check,
}

impl Reading {
    fn new(wrapper: Wrapper) -> Self {
        let raw = match wrapper {
            Wrapper::Raw => Some(Decompress::new(false)),
            Wrapper::Zlib => Some(Decompress::new(true)),
            Wrapper::Gzip | Wrapper::Either => None,
        };
        Self {
            wrapper,
            raw,
            held: Vec::new(),
            waiting: Vec::new(),
            body_done: false,
            eof: false,
            crc: crc32fast::Hasher::new(),
            length: 0,
        }
    }

    /// Whether the head of a zlib stream comes next.
    fn at_zlib_start(&self) -> bool {
        self.wrapper == Wrapper::Zlib && self.raw.as_ref().is_none_or(|raw| raw.total_in() == 0)
    }

    /// Decompresses to at most `most` bytes; what was not read stays waiting.
    fn run(&mut self, data: &[u8], most: usize) -> Result<Vec<u8>, Broken> {
        self.waiting.extend_from_slice(data);
        let mut out = Vec::new();
        if self.raw.is_none() && !self.head()? {
            return Ok(out);
        }
        while !self.body_done {
            let Some(raw) = &mut self.raw else { break };
            let before = out.len();
            let room = most.saturating_sub(before).min(1 << 16);
            if room == 0 {
                break;
            }
            out.resize(before + room, 0);
            let (read, written) = (raw.total_in(), raw.total_out());
            let status = raw
                .decompress(&self.waiting, &mut out[before..], FlushDecompress::None)
                .map_err(|_| Broken::Data);
            let used = (raw.total_in() - read) as usize;
            let made = (raw.total_out() - written) as usize;
            out.truncate(before + made);
            let status = status?;
            self.waiting.drain(..used);
            match status {
                Status::StreamEnd => self.body_done = true,
                _ if used == 0 && made == 0 => break,
                _ => {}
            }
        }
        self.crc.update(&out);
        self.length = self.length.wrapping_add(out.len() as u32);
        if self.body_done && !self.eof {
            self.tail()?;
        }
        Ok(out)
    }

    /// Reads the head of a gzip stream, or finds that it is none; false: more is needed.
    fn head(&mut self) -> Result<bool, Broken> {
        if self.wrapper == Wrapper::Either {
            match self.waiting.first() {
                None => return Ok(false),
                Some(0x1F) => self.wrapper = Wrapper::Gzip,
                Some(_) => {
                    self.wrapper = Wrapper::Zlib;
                    self.raw = Some(Decompress::new(true));
                    return Ok(true);
                }
            }
        }
        let bytes = &self.waiting;
        if bytes
            .iter()
            .zip(b"\x1f\x8b\x08")
            .any(|(have, need)| have != need)
        {
            return Err(Broken::Header);
        }
        let Some(&flags) = bytes.get(3) else {
            return Ok(false);
        };
        let mut at = 10;
        if flags & 4 != 0 {
            let (Some(&low), Some(&high)) = (bytes.get(at), bytes.get(at + 1)) else {
                return Ok(false);
            };
            at += 2 + usize::from(u16::from_le_bytes([low, high]));
        }
        for text in [8, 16] {
            if flags & text != 0 {
                let Some(length) = bytes
                    .get(at..)
                    .and_then(|rest| rest.iter().position(|&byte| byte == 0))
                else {
                    return Ok(false);
                };
                at += length + 1;
            }
        }
        if flags & 2 != 0 {
            at += 2;
        }
        if bytes.len() < at {
            return Ok(false);
        }
        self.waiting.drain(..at);
        self.raw = Some(Decompress::new(false));
        Ok(true)
    }

    /// Reads the tail of a gzip stream.
    fn tail(&mut self) -> Result<(), Broken> {
        if self.wrapper != Wrapper::Gzip {
            self.eof = true;
            return Ok(());
        }
        let missing = (8 - self.held.len()).min(self.waiting.len());
        self.held.extend(self.waiting.drain(..missing));
        if let Ok(tail) = <[u8; 8]>::try_from(&*self.held) {
            let [a, b, c, d, e, f, g, h] = tail;
            if u32::from_le_bytes([a, b, c, d]) != self.crc.clone().finalize()
                || u32::from_le_bytes([e, f, g, h]) != self.length
            {
                return Err(Broken::Check);
            }
            self.eof = true;
        }
        Ok(())
    }
}

fn broken(vm: &mut Vm, broken: &Broken, doing: &str) -> Exc {
    error(
        vm,
        match broken {
            Broken::Header => format!("Error -3 {doing}: incorrect header check"),
            Broken::Data => format!("Error -3 {doing}: invalid stored block lengths"),
            Broken::Check => format!("Error -3 {doing}: incorrect data check"),
        },
    )
}

/// zlib's own judgement of a stream's first bytes, which flate2 does not give.
fn check_head(vm: &mut Vm, at_start: bool, data: &[u8], doing: &str) -> PyResult<()> {
    if !at_start {
        return Ok(());
    }
    if let [method, flags, ..] = *data {
        let message = if u16::from_be_bytes([method, flags]) % 31 != 0 {
            "incorrect header check"
        } else if method & 15 != 8 {
            "unknown compression method"
        } else if method >> 4 > 7 {
            "invalid window size"
        } else {
            return Ok(());
        };
        return Err(error(vm, format!("Error -3 {doing}: {message}")));
    }
    Ok(())
}

fn level(vm: &mut Vm, value: Option<&Ref>) -> PyResult<u32> {
    match value.map_or(Ok(-1), |value| need_i64(vm, value))? {
        -1 => Ok(6),
        level @ 0..=9 => Ok(level as u32),
        _ => Err(error(vm, "Bad compression level")),
    }
}

fn compress(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let level = level(vm, args.get(1))?;
    let wrapper = wrapper(vm, args.get(2))?;
    vm.charge(data.len() / 16)?;
    match Writing::new(level, wrapper).run(&data, FlushCompress::Finish) {
        Some(out) => Ok(vm.new_bytes(out)),
        None => Err(error(vm, "Error while compressing data")),
    }
}

fn decompress(vm: &mut Vm, args: Args<'_>) -> PyResult {
    const DOING: &str = "while decompressing data";
    let data = vm.need_bytes(&args[0])?;
    let wrapper = wrapper(vm, args.get(1))?;
    if let Some(size) = args.get(2)
        && vm.index_isize(size, "bufsize")? < 0
    {
        return Err(vm.value_error("bufsize must be non-negative"));
    }
    let mut reading = Reading::new(wrapper);
    check_head(vm, reading.at_zlib_start(), &data, DOING)?;
    let mut out = Vec::new();
    let mut input = &data[..];
    loop {
        let part = reading.run(input, 1 << 20);
        let part = part.map_err(|why| broken(vm, &why, DOING))?;
        input = &[];
        vm.charge(part.len() / 64)?;
        vm.check_memory(out.len() + part.len())?;
        out.extend_from_slice(&part);
        if reading.eof || part.is_empty() {
            break;
        }
    }
    if !reading.eof {
        return Err(error(
            vm,
            format!("Error -5 {DOING}: incomplete or truncated stream"),
        ));
    }
    Ok(vm.new_bytes(out))
}

/// A compression object.
struct Compressing(Guarded<Writing>);

impl Payload for Compressing {
    const ATOMIC: bool = true;
}

fn compressobj(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let level = level(vm, args.get(0))?;
    let wrapper = wrapper(vm, args.get(2))?;
    if args.get_not_none(5).is_some() {
        return Err(vm.not_implemented_error("preset dictionaries are not supported"));
    }
    let Some((ty, _)) = vm.state::<State>().types.get() else {
        return Ok(Ref::none());
    };
    let writing = Writing::new(level, wrapper);
    Ok(vm.new_object(ty, Compressing(Guarded::new(writing))))
}

fn write_more(vm: &mut Vm, this: &Ref, data: &[u8], flush: FlushCompress) -> PyResult {
    vm.charge(data.len() / 16)?;
    let writing = this.payload::<Compressing>().0.get_mut(vm);
    if writing.finished {
        return Err(error(
            vm,
            "Error -2 while compressing data: inconsistent stream state",
        ));
    }
    match writing.run(data, flush) {
        Some(out) => Ok(vm.new_bytes(out)),
        None => Err(error(vm, "Error while compressing data")),
    }
}

const COMPRESS: TypeDef = TypeDef {
    name: "Compress",
    module: "zlib",
    flags: type_flags::DISALLOW_INSTANTIATION,
    methods: &[
        MethodDef::new(
            "compress",
            "($self, data, /)",
            "Returns a bytes object containing compressed data.",
            |vm, args| {
                let data = vm.need_bytes(&args[1])?;
                write_more(vm, &args[0], &data, FlushCompress::None)
            },
        ),
        MethodDef::new(
            "flush",
            "($self, mode=zlib.Z_FINISH, /)",
            "Return a bytes object containing any remaining compressed data.",
            |vm, args| {
                let mode = args.get(1).map_or(Ok(4), |mode| need_i64(vm, mode))?;
                let flush = match mode {
                    0 => return Ok(vm.new_bytes(Vec::new())),
                    1 => FlushCompress::Partial,
                    2 | 5 | 6 => FlushCompress::Sync,
                    3 => FlushCompress::Full,
                    4 => FlushCompress::Finish,
                    _ => return Err(error(vm, "Error -2 while flushing")),
                };
                write_more(vm, &args[0], &[], flush)
            },
        ),
    ],
    ..TypeDef::EMPTY
};

/// A decompression object, of either kind.
struct Decompressing {
    reading: Guarded<Reading>,
    unused: Guarded<Vec<u8>>,
    tail: Guarded<Vec<u8>>,
}

impl Payload for Decompressing {
    const ATOMIC: bool = true;
}

impl Decompressing {
    fn new(wrapper: Wrapper) -> Self {
        Self {
            reading: Guarded::new(Reading::new(wrapper)),
            unused: Guarded::new(Vec::new()),
            tail: Guarded::new(Vec::new()),
        }
    }

    fn run(&self, vm: &mut Vm, data: &[u8], most: usize) -> PyResult<Vec<u8>> {
        const DOING: &str = "while decompressing data";
        let at_start = self.reading.get(vm).at_zlib_start();
        check_head(vm, at_start, data, DOING)?;
        let out = self.reading.get_mut(vm).run(data, most);
        let out = out.map_err(|why| broken(vm, &why, DOING))?;
        vm.charge(out.len() / 64)?;
        vm.check_memory(out.len())?;
        if self.reading.get(vm).eof {
            let mut rest = std::mem::take(&mut self.reading.get_mut(vm).waiting);
            self.unused.get_mut(vm).append(&mut rest);
        }
        Ok(out)
    }
}

fn decompressobj(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let wrapper = wrapper(vm, args.get(0))?;
    if args.get_not_none(1).is_some_and(|dictionary| {
        vm.bytes_like(dictionary)
            .is_none_or(|bytes| !bytes.is_empty())
    }) {
        return Err(vm.not_implemented_error("preset dictionaries are not supported"));
    }
    let Some((_, ty)) = vm.state::<State>().types.get() else {
        return Ok(Ref::none());
    };
    Ok(vm.new_object(ty, Decompressing::new(wrapper)))
}

/// `decompress(data, max_length)` of a `decompressobj`: what does not fit is its tail.
fn read_more(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[1])?;
    let most = match args.get(2).map_or(Ok(0), |most| vm.index_isize(most, ""))? {
        0 => usize::MAX,
        most if most < 0 => return Err(vm.value_error("max_length must be non-negative")),
        most => most as usize,
    };
    let this: &Decompressing = args.this();
    let out = this.run(vm, &data, most)?;
    // The stream keeps nothing unread between calls; the program gives it again.
    let in_body = this.reading.get(vm).raw.is_some() && !this.reading.get(vm).body_done;
    let rest = if in_body {
        std::mem::take(&mut this.reading.get_mut(vm).waiting)
    } else {
        Vec::new()
    };
    this.tail.replace(vm, rest);
    Ok(vm.new_bytes(out))
}

const EOF: GetSetDef = GetSetDef::read_only(
    "eof",
    "True if the end-of-stream marker has been reached.",
    |vm, this| {
        Ok(Ref::bool(
            this.payload::<Decompressing>().reading.get(vm).eof,
        ))
    },
);
const UNUSED_DATA: GetSetDef = GetSetDef::read_only(
    "unused_data",
    "Data found after the end of the compressed stream.",
    |vm, this| {
        let unused = this.payload::<Decompressing>().unused.get(vm).clone();
        Ok(vm.new_bytes(unused))
    },
);

const DECOMPRESS: TypeDef = TypeDef {
    name: "Decompress",
    module: "zlib",
    flags: type_flags::DISALLOW_INSTANTIATION,
    methods: &[
        MethodDef::new(
            "decompress",
            "($self, data, /, max_length=0)",
            "Return a bytes object containing the decompressed version of the data.",
            read_more,
        ),
        MethodDef::new(
            "flush",
            "($self, length=zlib.DEF_BUF_SIZE, /)",
            "Return a bytes object containing any remaining decompressed data.",
            |vm, args| {
                if let Some(length) = args.get(1)
                    && vm.index_isize(length, "")? <= 0
                {
                    return Err(vm.value_error("length must be greater than zero"));
                }
                let this: &Decompressing = args.this();
                let tail = std::mem::take(this.tail.get_mut(vm));
                let out = this.run(vm, &tail, usize::MAX)?;
                Ok(vm.new_bytes(out))
            },
        ),
    ],
    getset: &[
        EOF,
        UNUSED_DATA,
        GetSetDef::read_only(
            "unconsumed_tail",
            "Data that was not consumed because of the length limit.",
            |vm, this| {
                let tail = this.payload::<Decompressing>().tail.get(vm).clone();
                Ok(vm.new_bytes(tail))
            },
        ),
    ],
    ..TypeDef::EMPTY
};

/// `decompress(data, max_length)` of a `_ZlibDecompressor`: what does not fit waits in it.
fn keep_reading(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[1])?;
    let most = args
        .get(2)
        .map_or(Ok(-1), |most| vm.index_isize(most, ""))?;
    let this: &Decompressing = args.this();
    if this.reading.get(vm).eof {
        return Err(vm.eof_error("End of stream already reached"));
    }
    let out = this.run(vm, &data, usize::try_from(most).unwrap_or(usize::MAX))?;
    Ok(vm.new_bytes(out))
}

const DECOMPRESSOR: TypeDef = TypeDef {
    name: "_ZlibDecompressor",
    module: "zlib",
    doc: "Create a decompressor object for decompressing data incrementally.",
    slots: Slots {
        new: Some(|vm, ty, args| {
            static PARAMS: Params = params(|| Signature::parse("(wbits=MAX_WBITS, zdict=b'')"));
            let given = PARAMS.bind(vm, "_ZlibDecompressor", args)?;
            let wrapper = wrapper(vm, given[0].as_ref())?;
            Ok(vm.new_object(ty, Decompressing::new(wrapper)))
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "decompress",
        "($self, /, data, max_length=-1)",
        "Decompress *data*, returning uncompressed data as bytes.",
        keep_reading,
    )],
    getset: &[
        EOF,
        UNUSED_DATA,
        GetSetDef::read_only(
            "needs_input",
            "True if more input is needed before more decompressed data can be produced.",
            |vm, this| {
                let reading = this.payload::<Decompressing>().reading.get(vm);
                Ok(Ref::bool(!reading.eof && reading.waiting.is_empty()))
            },
        ),
    ],
    ..TypeDef::EMPTY
};

fn adler32(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let start = args.get(1).map_or(Ok(1), |value| low_bits(vm, value))?;
    vm.charge(data.len() / 256)?;
    let mut adler = adler2::Adler32::from_checksum(start);
    adler.write_slice(&data);
    Ok(vm.new_int(adler.checksum()))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "compress",
        "(data, /, level=-1, wbits=15)",
        "Returns a bytes object containing compressed data.",
        compress,
    ),
    MethodDef::new(
        "decompress",
        "(data, /, wbits=15, bufsize=16384)",
        "Returns a bytes object containing the uncompressed data.",
        decompress,
    ),
    MethodDef::new(
        "compressobj",
        "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)",
        "Return a compressor object.",
        compressobj,
    ),
    MethodDef::new(
        "decompressobj",
        "(wbits=15, zdict=b'')",
        "Return a decompressor object.",
        decompressobj,
    ),
    MethodDef::new(
        "crc32",
        "(data, value=0, /)",
        "Compute a CRC-32 checksum of data.",
        crc32,
    ),
    MethodDef::new(
        "adler32",
        "(data, value=1, /)",
        "Compute an Adler-32 checksum of data.",
        adler32,
    ),
];
