//! A library with faults that calls show and nothing else. What stands between `// fault:` and the next blank
//! line is left out of its honest copy.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};

pub struct Store {
    numbers: RefCell<Vec<u64>>,
    sum: Cell<u64>,
}

#[repr(C)]
pub struct Io {
    pub read: Option<extern "C" fn(*mut u8, usize, *mut c_void) -> isize>,
    pub context: *mut c_void,
}

#[repr(C)]
pub struct Area {
    pub width: f64,
    pub height: f64,
}

pub type Visitor = extern "C" fn(f64, *mut c_void) -> i32;

#[unsafe(no_mangle)]
pub extern "C" fn store_new(first: u64) -> *mut Store {
    Box::into_raw(Box::new(Store {
        numbers: RefCell::new(vec![first]),
        sum: Cell::new(first),
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn store_free(store: *mut Store) {
    if !store.is_null() {
        drop(unsafe { Box::from_raw(store) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn store_sum(store: *const Store) -> u64 {
    let Some(store) = (unsafe { store.as_ref() }) else {
        return 0;
    };
    // fault: each call keeps memory
    store.numbers.borrow_mut().push(1);

    store.sum.get()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn store_check(store: *const Store) -> bool {
    // fault: it frees what it only looks at
    drop(unsafe { Box::from_raw(store.cast_mut()) });

    !store.is_null()
}

/// `text` must not be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_length(text: *const c_char) -> usize {
    unsafe { CStr::from_ptr(text) }.to_bytes().len()
}

/// UB if `text` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_second(text: *const c_char) -> c_char {
    unsafe { CStr::from_ptr(text) }.to_bytes().get(1).map_or(0, |byte| *byte as c_char)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_third(at: u32, text: *const c_char) -> c_char {
    unsafe { CStr::from_ptr(text) }.to_bytes().get(at as usize).map_or(0, |byte| *byte as c_char)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn text_first(text: *const c_char) -> c_char {
    // fault: NULL is read
    return unsafe { *text };

    if text.is_null() { 0 } else { unsafe { *text } }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn io_read(io: *const Io) -> isize {
    let Some(io) = (unsafe { io.as_ref() }) else {
        return -1;
    };
    // fault: a callback that is NULL is called
    return io.read.unwrap()(std::ptr::null_mut(), 0, io.context);

    io.read.map_or(-1, |read| read(std::ptr::null_mut(), 0, io.context))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn store_name(_store: *const Store) -> *mut c_char {
    // fault: each call keeps memory
    std::mem::forget(vec![0_u64]);

    c"a store".to_owned().into_raw()
}

/// A text that another function has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memory_free(memory: *mut c_void) {
    if !memory.is_null() {
        drop(unsafe { CString::from_raw(memory.cast()) });
    }
}

pub struct ShelfInside(u32);

/// Only `shelf_new` makes one that can be used.
#[repr(C)]
pub struct Shelf {
    inside: *mut ShelfInside,
}

#[unsafe(no_mangle)]
pub extern "C" fn shelf_new(width: u32) -> *mut Shelf {
    let inside = Box::into_raw(Box::new(ShelfInside(width)));
    Box::into_raw(Box::new(Shelf { inside }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn shelf_destroy(shelf: *mut *mut Shelf) {
    if !shelf.is_null() && shelf.is_aligned() && unsafe { !(*shelf).is_null() } {
        let shelf = unsafe { Box::from_raw(shelf.replace(std::ptr::null_mut())) };
        drop(unsafe { Box::from_raw(shelf.inside) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn shelf_width(shelf: *const Shelf) -> u32 {
    unsafe { shelf.as_ref() }.map_or(0, |shelf| unsafe { (*shelf.inside).0 })
}

/// An array of shelves, not a place for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shelf_widths(shelves: *const *mut Shelf, count: usize) -> u32 {
    let count = if shelves.is_null() { 0 } else { count };
    let width = |at| unsafe { shelf_width(shelves.add(at).read_unaligned()) };
    (0..count).map(width).fold(0, u32::wrapping_add)
}

pub struct Reader {
    read: Option<extern "C" fn(*mut u8, usize, *mut c_void) -> isize>,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reader_new(io: *const Io) -> *mut Reader {
    let read = unsafe { io.as_ref() }.and_then(|io| io.read);
    Box::into_raw(Box::new(Reader { read }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reader_free(reader: *mut Reader) {
    if !reader.is_null() {
        drop(unsafe { Box::from_raw(reader) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reader_read(reader: *const Reader) -> isize {
    let Some(reader) = (unsafe { reader.as_ref() }) else {
        return -1;
    };
    // fault: it calls what another function was given, and that was NULL
    return reader.read.unwrap()(std::ptr::null_mut(), 0, std::ptr::null_mut());

    let null = std::ptr::null_mut();
    reader.read.map_or(-1, |read| read(null, 0, null.cast()))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn area_destroy(area: *mut Area) {
    // fault: it frees the struct of the caller
    drop(unsafe { Box::from_raw(area) });

    if !area.is_null() {
        unsafe { area.write(Area { width: 0.0, height: 0.0 }) };
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn area_is_wide(area: Area) -> bool {
    // fault: NaN is compared
    return area.width.partial_cmp(&area.height).unwrap().is_gt();

    area.width > area.height
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn each_number(
    numbers: *const f64,
    count: usize,
    visitor: Option<Visitor>,
    context: *mut c_void,
) -> i32 {
    let Some(visitor) = visitor.filter(|_| !numbers.is_null()) else {
        return 1;
    };
    // fault: 32 bits count
    let count = count as u32 as usize;

    for index in 0..count {
        if visitor(unsafe { numbers.add(index).read_unaligned() }, context) == 0 {
            break;
        }
    }
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn wait_for(flag: *const u8) -> i32 {
    // fault: it waits for ever
    while flag.is_null() {}

    i32::from(!flag.is_null())
}
