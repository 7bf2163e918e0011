//! Registers the built-in types that hold data, and the builtin functions.
#![forbid(unsafe_code)]

use crate::vm::Vm;

use super::{
    bytearray, bytes, combinators, complex, dict, float, generic_alias, int, iterators, list,
    mappingproxy, memoryview, range, set, singletons, str, template, tuple, union, weakref,
};

/// Gives them their operations.
pub(crate) fn define(vm: &mut Vm) {
    let t = vm.types;
    for (ty, def) in [
        (t.int, &int::INT),
        (t.bool, &int::BOOL),
        (t.float, &float::FLOAT),
        (t.complex, &complex::COMPLEX),
        (t.str, &str::STR),
        (t.bytes, &bytes::BYTES),
        (t.bytearray, &bytearray::BYTEARRAY),
        (t.memoryview, &memoryview::MEMORYVIEW),
        (t.tuple, &tuple::TUPLE),
        (t.tuple_iterator, &tuple::TUPLE_ITERATOR),
        (t.list, &list::LIST),
        (t.list_iterator, &list::LIST_ITERATOR),
        (t.list_reverseiterator, &iterators::LIST_REVERSEITERATOR),
        (t.dict, &dict::DICT),
        (t.dict_keys, &dict::views::DICT_KEYS),
        (t.dict_values, &dict::views::DICT_VALUES),
        (t.dict_items, &dict::views::DICT_ITEMS),
        (t.dict_keyiterator, &dict::iter::ITERATORS[0]),
        (t.dict_valueiterator, &dict::iter::ITERATORS[1]),
        (t.dict_itemiterator, &dict::iter::ITERATORS[2]),
        (t.dict_reversekeyiterator, &dict::iter::ITERATORS[3]),
        (t.dict_reversevalueiterator, &dict::iter::ITERATORS[4]),
        (t.dict_reverseitemiterator, &dict::iter::ITERATORS[5]),
        (t.set, &set::SET),
        (t.frozenset, &set::FROZENSET),
        (t.set_iterator, &set::SET_ITERATOR),
        (t.slice, &range::SLICE),
        (t.range, &range::RANGE),
        (t.range_iterator, &range::RANGE_ITERATOR),
        (t.longrange_iterator, &range::LONGRANGE_ITERATOR),
        (t.iterator, &iterators::ITERATOR),
        (t.str_iterator, &iterators::STR_ITERATOR),
        (t.str_ascii_iterator, &iterators::STR_ASCII_ITERATOR),
        (t.bytes_iterator, &iterators::BYTES_ITERATOR),
        (t.bytearray_iterator, &iterators::BYTEARRAY_ITERATOR),
        (t.memory_iterator, &iterators::MEMORY_ITERATOR),
        (t.callable_iterator, &iterators::CALLABLE_ITERATOR),
        (t.reversed, &iterators::REVERSED),
        (t.enumerate, &combinators::ENUMERATE),
        (t.zip, &combinators::ZIP),
        (t.map, &combinators::MAP),
        (t.filter, &combinators::FILTER),
        (t.none, &singletons::NONE),
        (t.ellipsis, &singletons::ELLIPSIS),
        (t.not_implemented, &singletons::NOT_IMPLEMENTED),
        (t.simple_namespace, &singletons::SIMPLE_NAMESPACE),
        (t.mappingproxy, &mappingproxy::MAPPINGPROXY),
        (t.weakref, &weakref::WEAKREF),
        (t.weakproxy, &weakref::PROXY),
        (t.callable_proxy, &weakref::CALLABLE_PROXY),
        (t.generic_alias, &generic_alias::GENERIC_ALIAS),
        (t.union, &union::UNION),
        (t.template, &template::TEMPLATE),
        (t.template_iter, &template::TEMPLATE_ITER),
        (t.interpolation, &template::INTERPOLATION),
    ] {
        vm.define(ty, def);
    }
    template::define(vm);
    super::exceptions::define(vm);
    super::builtins::define(vm);
}
