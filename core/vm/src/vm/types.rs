//! The built-in types by name, and the names the machine uses itself.
#![forbid(unsafe_code)]

use crate::heap::Kind;
use crate::object::{Ref, Ty, type_flags as f};

/// Declares the built-in types: field, Python name, module, base, native kind, flags.
macro_rules! types {
    ($object:ident; $($field:ident = $name:literal, $module:literal, $base:ident, $kind:ident, $flags:expr;)*) => {
        /// The built-in types.
        #[derive(Clone, Copy)]
        #[allow(missing_docs)]
        pub struct Types {
            pub $object: Ty,
            pub type_: Ty,
            $(pub $field: Ty,)*
        }

        impl Types {
            /// Makes all types; `make` gets name, module, base, kind and flags.
            pub(crate) fn make(
                $object: Ty,
                type_: Ty,
                mut make: impl FnMut(&'static str, &'static str, Ty, Kind, u32) -> Ty,
            ) -> Self {
                $(let $field = make($name, $module, $base, Kind::$kind, $flags);)*
                Self { $object, type_, $($field,)* }
            }
        }
    };
}

const B: u32 = f::BASETYPE;
const W: u32 = f::HAS_WEAKREF;
const D: u32 = f::HAS_DICT;
const MS: u32 = f::MATCH_SELF;
const NO: u32 = f::DISALLOW_INSTANTIATION;

types! {
    object;
    int = "int", "builtins", object, Int, B | MS;
    bool = "bool", "builtins", int, Int, MS;
    float = "float", "builtins", object, Float, B | MS;
    complex = "complex", "builtins", object, Complex, B;
    str = "str", "builtins", object, Str, B | MS;
    bytes = "bytes", "builtins", object, Bytes, B | MS;
    bytearray = "bytearray", "builtins", object, ByteArray, B | MS;
    tuple = "tuple", "builtins", object, Tuple, B | MS | f::SEQUENCE;
    list = "list", "builtins", object, List, B | MS | f::SEQUENCE;
    dict = "dict", "builtins", object, Dict, B | MS | f::MAPPING;
    set = "set", "builtins", object, Set, B | W | MS;
    frozenset = "frozenset", "builtins", object, Set, B | W | MS;
    slice = "slice", "builtins", object, Slice, 0;
    range = "range", "builtins", object, Range, f::SEQUENCE;
    none = "NoneType", "builtins", object, Instance, 0;
    ellipsis = "ellipsis", "builtins", object, Instance, 0;
    not_implemented = "NotImplementedType", "builtins", object, Instance, 0;
    function = "function", "builtins", object, Function, D | W | f::METHOD_DESCRIPTOR;
    builtin = "builtin_function_or_method", "builtins", object, Builtin, W | NO;
    method_descriptor = "method_descriptor", "builtins", object, MethodDescr, NO | f::METHOD_DESCRIPTOR;
    classmethod_descriptor = "classmethod_descriptor", "builtins", object, MethodDescr, NO;
    wrapper_descriptor = "wrapper_descriptor", "builtins", object, Native, NO | f::METHOD_DESCRIPTOR;
    method_wrapper = "method-wrapper", "builtins", object, Native, NO;
    getset_descriptor = "getset_descriptor", "builtins", object, Native, NO;
    member_descriptor = "member_descriptor", "builtins", object, Native, NO;
    method = "method", "builtins", object, BoundMethod, W;
    module = "module", "builtins", object, Module, B | W;
    code = "code", "builtins", object, Code, W;
    frame = "frame", "builtins", object, Frame, NO;
    traceback = "traceback", "builtins", object, Traceback, 0;
    generator = "generator", "builtins", object, Generator, W | NO;
    coroutine = "coroutine", "builtins", object, Generator, W | NO;
    async_generator = "async_generator", "builtins", object, Generator, W | NO;
    coroutine_wrapper = "coroutine_wrapper", "builtins", object, Native, NO;
    async_generator_asend = "async_generator_asend", "builtins", object, Native, NO;
    async_generator_athrow = "async_generator_athrow", "builtins", object, Native, NO;
    anext_awaitable = "anext_awaitable", "builtins", object, Native, NO;
    cell = "cell", "builtins", object, Cell, 0;
    property = "property", "builtins", object, Native, B;
    staticmethod = "staticmethod", "builtins", object, Native, B | D;
    classmethod = "classmethod", "builtins", object, Native, B | D;
    super_ = "super", "builtins", object, Native, B;
    mappingproxy = "mappingproxy", "builtins", object, Native, f::MAPPING;
    simple_namespace = "SimpleNamespace", "types", object, Instance, B | D;
    list_iterator = "list_iterator", "builtins", object, ListIter, NO;
    list_reverseiterator = "list_reverseiterator", "builtins", object, Native, NO;
    tuple_iterator = "tuple_iterator", "builtins", object, TupleIter, NO;
    range_iterator = "range_iterator", "builtins", object, RangeIter, NO;
    longrange_iterator = "longrange_iterator", "builtins", object, Native, NO;
    str_iterator = "str_iterator", "builtins", object, Native, NO;
    str_ascii_iterator = "str_ascii_iterator", "builtins", object, Native, NO;
    bytes_iterator = "bytes_iterator", "builtins", object, Native, NO;
    bytearray_iterator = "bytearray_iterator", "builtins", object, Native, NO;
    memory_iterator = "memory_iterator", "_frozen_importlib", object, Native, NO;
    dict_keys = "dict_keys", "builtins", object, Native, NO;
    dict_values = "dict_values", "builtins", object, Native, NO;
    dict_items = "dict_items", "builtins", object, Native, NO;
    dict_keyiterator = "dict_keyiterator", "builtins", object, DictIter, NO;
    dict_valueiterator = "dict_valueiterator", "builtins", object, DictIter, NO;
    dict_itemiterator = "dict_itemiterator", "builtins", object, DictIter, NO;
    dict_reversekeyiterator = "dict_reversekeyiterator", "builtins", object, DictIter, NO;
    dict_reversevalueiterator = "dict_reversevalueiterator", "builtins", object, DictIter, NO;
    dict_reverseitemiterator = "dict_reverseitemiterator", "builtins", object, DictIter, NO;
    set_iterator = "set_iterator", "builtins", object, Native, NO;
    iterator = "iterator", "builtins", object, Native, NO;
    callable_iterator = "callable_iterator", "builtins", object, Native, NO;
    enumerate = "enumerate", "builtins", object, Native, B;
    zip = "zip", "builtins", object, Native, B;
    map = "map", "builtins", object, Native, B;
    filter = "filter", "builtins", object, Native, B;
    reversed = "reversed", "builtins", object, Native, B;
    memoryview = "memoryview", "builtins", object, Native, W | f::SEQUENCE;
    weakref = "ReferenceType", "weakref", object, Weakref, B;
    weakproxy = "ProxyType", "weakref", object, Weakref, NO;
    callable_proxy = "CallableProxyType", "weakref", object, Weakref, NO;
    generic_alias = "GenericAlias", "types", object, Native, B;
    union = "Union", "typing", object, Native, NO;
    template = "Template", "string.templatelib", object, Native, 0;
    template_iter = "TemplateIter", "string.templatelib", object, Native, NO;
    interpolation = "Interpolation", "string.templatelib", object, Native, 0;
    stop = "budget", "builtins", object, Native, NO;
}

/// Declares the built-in exceptions: name, base, further base.
macro_rules! exceptions {
    ($root:ident; $($name:ident : $base:ident;)*) => {
        /// The built-in exceptions, by Python's names.
        #[derive(Clone, Copy)]
        #[allow(missing_docs, non_snake_case)]
        pub struct Exceptions {
            pub $root: Ty,
            $(pub $name: Ty,)*
        }

        impl Exceptions {
            #[allow(non_snake_case)]
            pub(crate) fn make($root: Ty, mut make: impl FnMut(&'static str, Ty) -> Ty) -> Self {
                $(let $name = make(stringify!($name), $base);)*
                Self { $root, $($name,)* }
            }

            /// All of them.
            pub fn all(&self) -> Vec<Ty> {
                vec![self.$root, $(self.$name,)*]
            }
        }
    };
}

exceptions! {
    BaseException;
    Exception: BaseException;
    BaseExceptionGroup: BaseException;
    GeneratorExit: BaseException;
    KeyboardInterrupt: BaseException;
    SystemExit: BaseException;
    ArithmeticError: Exception;
    AssertionError: Exception;
    AttributeError: Exception;
    BufferError: Exception;
    EOFError: Exception;
    ImportError: Exception;
    LookupError: Exception;
    MemoryError: Exception;
    NameError: Exception;
    OSError: Exception;
    ReferenceError: Exception;
    RuntimeError: Exception;
    StopAsyncIteration: Exception;
    StopIteration: Exception;
    SyntaxError: Exception;
    SystemError: Exception;
    TypeError: Exception;
    ValueError: Exception;
    Warning: Exception;
    FloatingPointError: ArithmeticError;
    OverflowError: ArithmeticError;
    ZeroDivisionError: ArithmeticError;
    BytesWarning: Warning;
    DeprecationWarning: Warning;
    EncodingWarning: Warning;
    FutureWarning: Warning;
    ImportWarning: Warning;
    PendingDeprecationWarning: Warning;
    ResourceWarning: Warning;
    RuntimeWarning: Warning;
    SyntaxWarning: Warning;
    UnicodeWarning: Warning;
    UserWarning: Warning;
    BlockingIOError: OSError;
    ChildProcessError: OSError;
    ConnectionError: OSError;
    FileExistsError: OSError;
    FileNotFoundError: OSError;
    InterruptedError: OSError;
    IsADirectoryError: OSError;
    NotADirectoryError: OSError;
    PermissionError: OSError;
    ProcessLookupError: OSError;
    TimeoutError: OSError;
    BrokenPipeError: ConnectionError;
    ConnectionAbortedError: ConnectionError;
    ConnectionRefusedError: ConnectionError;
    ConnectionResetError: ConnectionError;
    IndentationError: SyntaxError;
    TabError: IndentationError;
    _IncompleteInputError: SyntaxError;
    IndexError: LookupError;
    KeyError: LookupError;
    ModuleNotFoundError: ImportError;
    NotImplementedError: RuntimeError;
    PythonFinalizationError: RuntimeError;
    RecursionError: RuntimeError;
    UnboundLocalError: NameError;
    UnicodeError: ValueError;
    UnicodeDecodeError: UnicodeError;
    UnicodeEncodeError: UnicodeError;
    UnicodeTranslateError: UnicodeError;
    ExceptionGroup: BaseExceptionGroup;
}

macro_rules! names {
    ($($field:ident)*) => {
        /// Interned names the machine looks up; a field is the name itself.
        #[allow(missing_docs)]
        pub struct Names {
            $(pub $field: Ref,)*
        }

        impl Names {
            pub(crate) fn make(mut intern: impl FnMut(&'static str) -> Ref) -> Self {
                Self { $($field: intern(stringify!($field)),)* }
            }
        }
    };
}

names! {
    __abstractmethods__ __aenter__ __aexit__ __aiter__ __all__ __anext__ __annotate__ __annotations__
    __annotate_func__ __annotations_cache__ __await__ __bases__ __bool__ __build_class__ __builtins__
    __cached__ __call__ __class__ __class_getitem__ __classcell__ __classdict__ __classdictcell__
    __contains__ __defaults__ __del__ __delattr__ __delete__ __delitem__ __dict__ __dir__ __doc__
    __enter__ __eq__ __exit__ __file__ __firstlineno__ __format__ __get__ __getattr__
    __getattribute__ __getitem__ __hash__ __import__ __index__ __init__ __init_subclass__
    __instancecheck__ __iter__ __kwdefaults__ __len__ __length_hint__ __lineno__ __loader__ __main__
    __match_args__ __missing__ __module__ __mro_entries__ __name__ __new__ __next__ __notes__
    __orig_bases__ __package__ __path__ __prepare__ __qualname__ __repr__ __reversed__ __set__
    __set_name__ __setattr__ __setitem__ __slots__ __spec__ __static_attributes__ __str__
    __subclasscheck__ __subclasshook__ __trunc__ __type_params__ __weakref__ _initializing
    mro builtins close throw send keys items values get name obj value args code builtins_module
    metaclass copy sort append stdout stderr stdin write flush fileno closed file end sep
    encoding errors decode encode join modules path meta_path excepthook displayhook last_exc
    __wrapped__ __signature__ __text_signature__ __objclass__ __self__ __func__ __code__ __globals__
    __closure__ __origin__ __args__ __parameters__ _handle_fromlist find_spec _find_and_load
}
