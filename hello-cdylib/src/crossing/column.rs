//! A column: the Arrow C data interface, whose structs bring the function that releases them.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, null};

use abi_boundary::{Call, LONGEST_MESSAGE, guard};
use hello_core::Roots;

use crate::crossing::status::{Failure, Guarded, HelloStatus};

// The structs of the specification. C gets them from cbindgen.toml, in the specification's own words;
// that the two agree, `abi/layout` checks.

/// What the values of an array are.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<Release<ArrowSchema>>,
    private_data: *mut c_void,
}

/// The values of a column, or of a part of it.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<Release<ArrowArray>>,
    private_data: *mut c_void,
}

/// A column that comes in parts.
///
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ArrowArrayStream {
    get_schema: Option<GetNext<ArrowSchema>>,
    get_next: Option<GetNext<ArrowArray>>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<Release<ArrowArrayStream>>,
    private_data: *mut c_void,
}

type Release<T> = unsafe extern "C" fn(*mut T);
type GetNext<T> = unsafe extern "C" fn(*mut ArrowArrayStream, *mut T) -> c_int;

/// Writes the square roots of the doubles in `array`, as hello_sqrt() returns them, to `roots`: a new
/// array, as long, with nulls at the same places. `schema` describes it, too.
///
/// `schema` and `array` stay the caller's to release; several calls may read them at once. `roots` is
/// the caller's, too, with memory of its own: release it by its own `release`, once, on any thread,
/// and before the library is unloaded.
///
/// Fails with HELLO_STATUS_FORMAT if `schema` does not say doubles (`g`) or `array` contradicts it;
/// with HELLO_STATUS_NULL_POINTER, also if one of them was released or moved; with
/// HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, HELLO_STATUS_TOO_LARGE and
/// HELLO_STATUS_OUT_OF_MEMORY; with HELLO_STATUS_OVERLAP if `roots` is `array`.
///
/// # Safety
///
/// `schema` and `array` are as the Arrow C data interface says: the format ends with a NUL, and the
/// buffers are as large as `length` and `offset` say. `roots` has room for a struct: what is there is
/// not read, and not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_sqrt_column(
    schema: *const ArrowSchema,
    array: *const ArrowArray,
    roots: *mut ArrowArray,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the structs, and the room.
        let schema = unsafe { call.copy("schema", schema) }?;
        // SAFETY: as above.
        let values = unsafe { call.copy("array", array) }?;
        // SAFETY: as above.
        let out = unsafe { call.out("roots", roots) }?;
        if ptr::eq(array, roots) {
            let message = "`roots` is `array`, which nobody could release any more";
            return Err(Failure::new(HelloStatus::Overlap, message));
        }
        let mut all = Roots::default();
        // SAFETY: C promises what the specification demands.
        unsafe { check_schema(call, &schema) }?;
        // SAFETY: as above.
        unsafe { add(call, &mut all, &values) }?;
        out.set(exported(all));
        Ok(())
    })
}

/// Does the same for a column that comes in parts: writes the square roots of all of them, in order,
/// to `roots`, and what describes them to `schema`.
///
/// `stream` is read until its end, or until it fails, and stays the caller's to release. What it gives
/// the library releases, but for the schema: that is handed on to the caller, who releases it, as
/// `roots`.
///
/// Fails with HELLO_STATUS_STREAM if a callback of the stream fails: its own message is in the last
/// error. Fails as hello_sqrt_column() does if what the stream gives is not as it should be: with
/// HELLO_STATUS_FORMAT, HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8,
/// HELLO_STATUS_MISALIGNED, HELLO_STATUS_TOO_LARGE and HELLO_STATUS_OUT_OF_MEMORY.
///
/// # Safety
///
/// `stream` and what it gives are as the Arrow C stream interface says. `schema` and `roots` have room
/// for a struct each: what is there is not read, and not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_sqrt_stream(
    stream: *mut ArrowArrayStream,
    schema: *mut ArrowSchema,
    roots: *mut ArrowArray,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the struct, and the room.
        let callbacks = unsafe { call.copy("stream", stream) }?;
        // SAFETY: as above.
        let schema_out = unsafe { call.out("schema", schema) }?;
        // SAFETY: as above.
        let out = unsafe { call.out("roots", roots) }?;
        call.present("stream.release", callbacks.release)?;
        let get_schema = call.present("stream.get_schema", callbacks.get_schema)?;
        let get_next = call.present("stream.get_next", callbacks.get_next)?;
        let mut all = Roots::default();
        // SAFETY: C promises what the specification demands.
        let schema = unsafe { next(stream, get_schema, |it| it.release) }?;
        // SAFETY: as above.
        unsafe { check_schema(call, &schema.0) }?;
        loop {
            // SAFETY: as above.
            let array = unsafe { next(stream, get_next, |it| it.release) }?;
            if array.1.is_none() {
                break;
            }
            // SAFETY: as above.
            unsafe { add(call, &mut all, &array.0) }?;
        }
        schema_out.set(schema.moved());
        out.set(exported(all));
        Ok(())
    })
}

/// The bits that say what is null, and the doubles.
type Buffers = [*const c_void; 2];

// In. --------------------------------------------------------------------------------------------

/// What a stream gave, and its `release`. To call that is ours: once, also if the call fails or
/// panics.
struct Owned<T>(T, Option<Release<T>>);

impl<T: Copy> Owned<T> {
    /// Hands it on, and with it the duty to release it.
    fn moved(mut self) -> T {
        self.1 = None;
        self.0
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if let Some(release) = self.1 {
            // SAFETY: it has not been released, and the specification allows to move it before.
            unsafe { release(&mut self.0) };
        }
    }
}

/// What a callback of `stream` gives.
///
/// # Safety
///
/// `stream` is as the Arrow C stream interface says, and `callback` one of its own.
unsafe fn next<T: Copy + Default>(
    stream: *mut ArrowArrayStream,
    callback: GetNext<T>,
    release: fn(&T) -> Option<Release<T>>,
) -> Result<Owned<T>, Failure> {
    let mut given = T::default();
    // SAFETY: the caller promises it.
    match unsafe { callback(stream, &mut given) } {
        0 => Ok(Owned(given, release(&given))),
        // What was written by a callback that fails is nothing to release.
        // SAFETY: the caller promises it, and a callback has just failed.
        error => Err(unsafe { failed(stream, error) }),
    }
}

/// # Safety
///
/// As for [`next`], and a callback has just failed.
#[cold]
unsafe fn failed(stream: *mut ArrowArrayStream, error: c_int) -> Failure {
    // SAFETY: the caller promises it.
    let text = unsafe { (*stream).get_last_error.map_or(null(), |get| get(stream)) };
    let mut message = format!("`stream` failed with error {error}");
    if !text.is_null() {
        // SAFETY: the specification demands that it ends with a NUL.
        let text = unsafe { CStr::from_ptr(text) }.to_bytes();
        let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST_MESSAGE)]);
        message = format!("{message}: {text}");
    }
    Failure::new(HelloStatus::Stream, message)
}

/// # Safety
///
/// `schema` is as the specification demands, or was released.
unsafe fn check_schema(call: &Call<HelloStatus>, schema: &ArrowSchema) -> Result<(), Failure> {
    call.present("schema.release", schema.release)?;
    // SAFETY: the caller promises it.
    let format = unsafe { call.text("schema.format", schema.format) }?;
    if format != "g" {
        // As the specification has them, it is no longer than a word; a hostile one may be.
        let format = &format[..format.floor_char_boundary(LONGEST_MESSAGE / 2)];
        let message = format!("`schema` has format '{format}' and has to have 'g', for doubles");
        return Err(Failure::new(HelloStatus::Format, message));
    }
    Ok(())
}

/// Adds the roots of an array.
///
/// # Safety
///
/// `array` is one of doubles, as the specification demands, or was released.
unsafe fn add(
    call: &Call<HelloStatus>,
    roots: &mut Roots,
    array: &ArrowArray,
) -> Result<(), Failure> {
    call.present("array.release", array.release)?;
    let length = size("length", array.length)?;
    let offset = size("offset", array.offset)?;
    if array.n_buffers != 2 {
        return Err(contradicts("n_buffers", array.n_buffers));
    }
    if array.null_count < -1 || array.null_count > array.length {
        return Err(contradicts("null_count", array.null_count));
    }
    // SAFETY: there are two, and the caller promises the rest.
    let [bits, values] = unsafe { call.copy("array.buffers", array.buffers.cast::<Buffers>()) }?;
    let end = offset.saturating_add(length);
    // SAFETY: the caller promises it.
    let values = unsafe { call.slice("array.buffers[1]", values.cast::<f64>(), end) }?;
    // -1 is a count that nobody has taken. There may be no bits: then nothing is null.
    let has_nulls = array.null_count > 0 || (array.null_count == -1 && !bits.is_null());
    // SAFETY: the caller promises it.
    let bits = || unsafe { call.slice("array.buffers[0]", bits.cast::<u8>(), end.div_ceil(8)) };
    let validity = has_nulls.then(bits).transpose()?;
    let added = roots.extend(&values[offset..], validity, offset);
    added.map_err(|_| {
        let message = format!("there is no memory for {length} more roots");
        Failure::new(HelloStatus::OutOfMemory, message)
    })
}

fn size(field: &str, number: i64) -> Result<usize, Failure> {
    usize::try_from(number).map_err(|_| contradicts(field, number))
}

#[cold]
fn contradicts(field: &str, number: i64) -> Failure {
    let message = format!("`array.{field}` cannot be {number} in a column of doubles");
    Failure::new(HelloStatus::Format, message)
}

// Out. -------------------------------------------------------------------------------------------

/// What the `private_data` of our arrays points to. Where the struct itself is, nobody may keep: C may
/// move it.
type Export = (Buffers, Roots);

fn exported(roots: Roots) -> ArrowArray {
    let (length, null_count) = (roots.values().len() as i64, roots.nulls() as i64);
    let bits = roots.validity().map_or(null(), <[u8]>::as_ptr);
    let buffers: Buffers = [bits.cast(), roots.values().as_ptr().cast()];
    let export = Box::into_raw(Box::new((buffers, roots)));
    ArrowArray {
        length,
        null_count,
        n_buffers: 2,
        // SAFETY: made above.
        buffers: unsafe { (&raw mut (*export).0).cast() },
        release: Some(release),
        private_data: export.cast(),
        ..ArrowArray::default()
    }
}

/// cbindgen:ignore
unsafe extern "C" fn release(array: *mut ArrowArray) {
    // SAFETY: the specification demands that it is called once, with the struct.
    unsafe {
        drop(Box::from_raw((*array).private_data.cast::<Export>()));
        (*array).release = None;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::mem::{self, MaybeUninit};
    use std::ptr::null_mut;

    use super::*;

    /// The other side, behind `private_data`: it counts what it gave and what was released.
    #[derive(Default)]
    struct Producer {
        /// Four values each, of which the second is null.
        chunks: Vec<ArrowArray>,
        fails: bool,
        given: usize,
        released: usize,
    }

    static VALUES: [f64; 5] = [0.25, 1.0, 4.0, 9.0, 16.0];
    static BITS: [u8; 1] = [0b1_1011];

    impl Producer {
        fn buffers() -> Buffers {
            [BITS.as_ptr().cast(), VALUES.as_ptr().cast()]
        }

        fn array(&mut self, offset: usize, buffers: &mut Buffers) -> ArrowArray {
            self.given += 1;
            ArrowArray {
                length: (VALUES.len() - offset) as i64,
                null_count: i64::from(offset < 3),
                offset: offset as i64,
                n_buffers: 2,
                buffers: buffers.as_mut_ptr(),
                release: Some(release_given::<ArrowArray>),
                private_data: ptr::from_mut(self).cast(),
                ..ArrowArray::default()
            }
        }

        fn schema(&mut self) -> ArrowSchema {
            self.given += 1;
            ArrowSchema {
                format: c"g".as_ptr(),
                release: Some(release_given::<ArrowSchema>),
                private_data: ptr::from_mut(self).cast(),
                ..ArrowSchema::default()
            }
        }

        fn stream(&mut self) -> ArrowArrayStream {
            ArrowArrayStream {
                get_schema: Some(give_schema),
                get_next: Some(give_next),
                get_last_error: Some(say_why),
                release: Some(release_stream),
                private_data: ptr::from_mut(self).cast(),
            }
        }
    }

    unsafe extern "C" fn release_given<T: Given>(given: *mut T) {
        // SAFETY: made above, of a producer that still is there.
        let producer = unsafe { (*given).take() };
        // SAFETY: as above.
        unsafe { (*producer.expect("released once")).released += 1 };
    }

    trait Given {
        /// The producer, the first time.
        fn take(&mut self) -> Option<*mut Producer>;
    }

    impl Given for ArrowArray {
        fn take(&mut self) -> Option<*mut Producer> {
            self.release.take().map(|_| self.private_data.cast())
        }
    }

    impl Given for ArrowSchema {
        fn take(&mut self) -> Option<*mut Producer> {
            self.release.take().map(|_| self.private_data.cast())
        }
    }

    unsafe extern "C" fn give_schema(
        stream: *mut ArrowArrayStream,
        out: *mut ArrowSchema,
    ) -> c_int {
        // SAFETY: a stream of a producer that still is there.
        unsafe {
            let producer = (*stream).private_data.cast::<Producer>();
            out.write((*producer).schema());
        }
        0
    }

    unsafe extern "C" fn give_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
        // SAFETY: a stream of a producer that still is there.
        let producer = unsafe { &mut *(*stream).private_data.cast::<Producer>() };
        let next = producer.chunks.pop();
        if next.is_none() && producer.fails {
            return 5;
        }
        // SAFETY: there is room.
        unsafe { out.write(next.unwrap_or_default()) };
        0
    }

    unsafe extern "C" fn say_why(_: *mut ArrowArrayStream) -> *const c_char {
        c"the disk is on fire".as_ptr()
    }

    unsafe extern "C" fn release_stream(_: *mut ArrowArrayStream) {
        panic!("it is not the library's to release");
    }

    /// What is in an array.
    fn seen(array: &ArrowArray) -> Vec<Option<f64>> {
        // SAFETY: made by the library or by the tests, and not released yet.
        let [bits, values] = unsafe { array.buffers.cast::<Buffers>().read() };
        let at = |at: usize| {
            // SAFETY: as above.
            unsafe {
                let bits = bits.cast::<u8>();
                let valid = bits.is_null() || bits.add(at / 8).read() >> (at % 8) & 1 == 1;
                valid.then(|| values.cast::<f64>().add(at).read())
            }
        };
        let start = array.offset as usize;
        (start..start + array.length as usize).map(at).collect()
    }

    /// What is in an array of the library, which is released.
    fn taken(mut array: ArrowArray) -> Vec<Option<f64>> {
        let seen = seen(&array);
        let nulls = seen.iter().filter(|it| it.is_none()).count();
        assert_eq!((array.null_count, array.offset), (nulls as i64, 0));
        // SAFETY: made by the library, and not released yet.
        unsafe { array.release.unwrap()(&mut array) };
        assert!(array.release.is_none());
        seen
    }

    fn sqrt_column(schema: &ArrowSchema, array: &ArrowArray) -> Vec<Option<f64>> {
        let mut roots = ArrowArray::default();
        // SAFETY: structs of the tests.
        unsafe { hello_sqrt_column(schema, array, &mut roots) }.expect_ok();
        taken(roots)
    }

    #[test]
    fn nulls_and_offsets_are_kept_and_nothing_is_released() {
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        let (schema, array) = (producer.schema(), producer.array(0, &mut buffers));
        let all = [Some(0.5), Some(1.0), None, Some(3.0), Some(4.0)];
        assert_eq!(sqrt_column(&schema, &array), all);
        for offset in 0..=all.len() {
            let mut array = producer.array(offset, &mut buffers);
            assert_eq!(sqrt_column(&schema, &array), all[offset..]);
            array.null_count = -1; // Nobody has counted.
            assert_eq!(sqrt_column(&schema, &array), all[offset..]);
        }
        assert_eq!(producer.released, 0);
    }

    #[test]
    fn without_bits_nothing_is_null_and_an_empty_array_needs_no_buffers() {
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        let (schema, mut array) = (producer.schema(), producer.array(3, &mut buffers));
        array.null_count = 0;
        assert_eq!(sqrt_column(&schema, &array), [Some(3.0), Some(4.0)]);
        let mut buffers = [null(), buffers[1]];
        array.buffers = buffers.as_mut_ptr();
        assert_eq!(sqrt_column(&schema, &array), [Some(3.0), Some(4.0)]);
        array.null_count = -1;
        assert_eq!(sqrt_column(&schema, &array), [Some(3.0), Some(4.0)]);
        (array.length, array.offset) = (0, 0);
        buffers = [null(); 2];
        array.buffers = buffers.as_mut_ptr();
        assert_eq!(sqrt_column(&schema, &array), []);
    }

    #[test]
    fn what_is_no_column_of_doubles_is_refused() {
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        let (schema, array) = (producer.schema(), producer.array(0, &mut buffers));
        let refused = |schema: &ArrowSchema, array: &ArrowArray, status, message: &str| {
            let mut roots = MaybeUninit::<ArrowArray>::zeroed();
            let message = format!("hello_sqrt_column: {message}");
            // SAFETY: structs of the tests.
            unsafe { hello_sqrt_column(schema, array, roots.as_mut_ptr()) }
                .expect_failure(status, &message);
            // SAFETY: nothing was written to what was zeroes.
            assert!(unsafe { roots.assume_init() }.release.is_none());
        };
        use HelloStatus::{Format, InvalidUtf8, Misaligned, NullPointer, TooLarge};
        let long = std::ffi::CString::new("é".repeat(1000)).unwrap();
        let cut = "é".repeat(127);
        let alignment = align_of::<f64>();
        let odd_place = format!("`array.buffers[1]` is not aligned to {alignment} bytes");
        let many = 1 << (usize::BITS - 4);
        let too_many =
            format!("`array.buffers[1]` cannot have {many} elements: no memory is that large");
        for (format, status, message) in [
            (
                c"u".as_ptr(),
                Format,
                "`schema` has format 'u' and has to have 'g', for doubles",
            ),
            (
                c"".as_ptr(),
                Format,
                "`schema` has format '' and has to have 'g', for doubles",
            ),
            (
                c"\xff".as_ptr(),
                InvalidUtf8,
                "`schema.format` is not UTF-8 at byte 0",
            ),
            (null(), NullPointer, "`schema.format` is NULL"),
            (
                long.as_ptr(),
                Format,
                &format!("`schema` has format '{cut}' and has to have 'g', for doubles"),
            ),
        ] {
            refused(&ArrowSchema { format, ..schema }, &array, status, message);
        }
        refused(
            &ArrowSchema::default(),
            &array,
            NullPointer,
            "`schema.release` is NULL",
        );
        refused(
            &schema,
            &ArrowArray::default(),
            NullPointer,
            "`array.release` is NULL",
        );
        let mut no_bits = [null(), buffers[1]];
        let mut odd = [buffers[0], buffers[1].wrapping_byte_add(1)];
        let mut none = [buffers[0], null()];
        for (change, status, message) in [
            (
                ArrowArray {
                    length: -1,
                    ..array
                },
                Format,
                "`array.length` cannot be -1 in a column of doubles",
            ),
            (
                ArrowArray {
                    offset: i64::MIN,
                    ..array
                },
                Format,
                "`array.offset` cannot be -9223372036854775808 in a column of doubles",
            ),
            (
                ArrowArray {
                    n_buffers: 3,
                    ..array
                },
                Format,
                "`array.n_buffers` cannot be 3 in a column of doubles",
            ),
            (
                ArrowArray {
                    null_count: -2,
                    ..array
                },
                Format,
                "`array.null_count` cannot be -2 in a column of doubles",
            ),
            (
                ArrowArray {
                    null_count: 6,
                    ..array
                },
                Format,
                "`array.null_count` cannot be 6 in a column of doubles",
            ),
            (
                ArrowArray {
                    buffers: null_mut(),
                    ..array
                },
                NullPointer,
                "`array.buffers` is NULL",
            ),
            (
                ArrowArray {
                    buffers: no_bits.as_mut_ptr(),
                    ..array
                },
                NullPointer,
                "`array.buffers[0]` is NULL",
            ),
            (
                ArrowArray {
                    buffers: none.as_mut_ptr(),
                    ..array
                },
                NullPointer,
                "`array.buffers[1]` is NULL",
            ),
            (
                ArrowArray {
                    buffers: odd.as_mut_ptr(),
                    ..array
                },
                Misaligned,
                &odd_place,
            ),
            (
                ArrowArray {
                    length: many,
                    ..array
                },
                TooLarge,
                &too_many,
            ),
            // With 32 bits no `size_t` has these.
            #[cfg(target_pointer_width = "64")]
            (
                ArrowArray {
                    offset: i64::MAX,
                    ..array
                },
                TooLarge,
                "`array.buffers[1]` cannot have 9223372036854775812 elements: no memory is that large",
            ),
            #[cfg(target_pointer_width = "64")]
            (
                ArrowArray {
                    length: 1 << 58,
                    ..array
                },
                HelloStatus::OutOfMemory,
                "there is no memory for 288230376151711744 more roots",
            ),
        ] {
            refused(&schema, &change, status, message);
        }
        assert_eq!(producer.released, 0);
    }

    #[test]
    fn pointers_are_checked_in_their_order() {
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        let (schema, mut array) = (producer.schema(), producer.array(0, &mut buffers));
        let mut stream = producer.stream();
        let null_pointer = HelloStatus::NullPointer;
        // SAFETY: NULL, or structs of this function.
        unsafe {
            hello_sqrt_column(null(), null(), null_mut())
                .expect_failure(null_pointer, "hello_sqrt_column: `schema` is NULL");
            hello_sqrt_column(&schema, null(), null_mut())
                .expect_failure(null_pointer, "hello_sqrt_column: `array` is NULL");
            hello_sqrt_column(&schema, &array, null_mut())
                .expect_failure(null_pointer, "hello_sqrt_column: `roots` is NULL");
            let both = &raw mut array;
            hello_sqrt_column(&schema, both, both).expect_failure(
                HelloStatus::Overlap,
                "hello_sqrt_column: `roots` is `array`, which nobody could release any more",
            );
            hello_sqrt_stream(null_mut(), null_mut(), null_mut())
                .expect_failure(null_pointer, "hello_sqrt_stream: `stream` is NULL");
            hello_sqrt_stream(&mut stream, null_mut(), null_mut())
                .expect_failure(null_pointer, "hello_sqrt_stream: `schema` is NULL");
            let mut schema = schema;
            hello_sqrt_stream(&mut stream, &mut schema, null_mut())
                .expect_failure(null_pointer, "hello_sqrt_stream: `roots` is NULL");
        }
        assert_eq!((producer.given, producer.released), (2, 0));
    }

    /// The status, the message, and what comes out of a stream, with the schema.
    fn read(
        producer: &mut Producer,
        change: fn(&mut ArrowArrayStream),
    ) -> (Guarded, Vec<Option<f64>>) {
        let (mut schema, mut roots) = (ArrowSchema::default(), ArrowArray::default());
        let mut stream = producer.stream();
        change(&mut stream);
        // SAFETY: structs of the tests.
        let status = unsafe { hello_sqrt_stream(&mut stream, &mut schema, &mut roots) };
        if roots.release.is_none() {
            assert!(schema.release.is_none());
            return (status, Vec::new());
        }
        // SAFETY: the schema is ours now.
        unsafe { schema.release.unwrap()(&mut schema) };
        (status, taken(roots))
    }

    #[test]
    fn chunks_become_one_column_and_are_released() {
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        producer.chunks = [4, 5, 2]
            .map(|offset| producer.array(offset, &mut buffers))
            .to_vec();
        let (status, seen) = read(&mut producer, |_| ());
        status.expect_ok();
        assert_eq!(seen, [None, Some(3.0), Some(4.0), Some(4.0)]);
        assert_eq!((producer.given, producer.released), (4, 4));
        let (status, seen) = read(&mut producer, |_| ());
        status.expect_ok();
        assert_eq!(seen, []);
    }

    #[test]
    fn of_a_stream_that_fails_everything_is_released() {
        let mut buffers = Producer::buffers();
        type Change = fn(&mut ArrowArrayStream);
        let cases: [(Change, usize, HelloStatus, &str); 7] = [
            (
                |_| (),
                3,
                HelloStatus::Stream,
                "`stream` failed with error 5: the disk is on fire",
            ),
            (
                |it| it.get_last_error = None,
                3,
                HelloStatus::Stream,
                "`stream` failed with error 5",
            ),
            (
                |it| it.release = None,
                0,
                HelloStatus::NullPointer,
                "`stream.release` is NULL",
            ),
            (
                |it| it.get_schema = None,
                0,
                HelloStatus::NullPointer,
                "`stream.get_schema` is NULL",
            ),
            (
                |it| it.get_next = None,
                0,
                HelloStatus::NullPointer,
                "`stream.get_next` is NULL",
            ),
            (
                |it| it.get_schema = Some(fail),
                0,
                HelloStatus::Stream,
                "`stream` failed with error 7: the disk is on fire",
            ),
            (
                |it| it.get_schema = Some(give_text),
                1,
                HelloStatus::Format,
                "`schema` has format 'u' and has to have 'g', for doubles",
            ),
        ];
        for (change, released, status, message) in cases {
            let mut producer = Producer {
                fails: true,
                ..Producer::default()
            };
            producer.chunks = [0, 1]
                .map(|offset| producer.array(offset, &mut buffers))
                .to_vec();
            let (got, _) = read(&mut producer, change);
            got.expect_failure(status, &format!("hello_sqrt_stream: {message}"));
            assert_eq!(producer.released, released, "{message}");
        }
        // In the middle, an array that contradicts its schema.
        let mut producer = Producer::default();
        producer.chunks = [0, 1, 2]
            .map(|offset| producer.array(offset, &mut buffers))
            .to_vec();
        producer.chunks[1].n_buffers = 1;
        let (got, _) = read(&mut producer, |_| ());
        got.expect_failure(
            HelloStatus::Format,
            "hello_sqrt_stream: `array.n_buffers` cannot be 1 in a column of doubles",
        );
        assert_eq!((producer.chunks.len(), producer.released), (1, 3));
    }

    unsafe extern "C" fn fail(_: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
        // SAFETY: there is room. What a callback leaves that fails is nothing to release.
        unsafe { (*out).release = Some(release_given::<ArrowSchema>) };
        7
    }

    unsafe extern "C" fn give_text(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
        // SAFETY: as for `give_schema`.
        unsafe {
            give_schema(stream, out);
            (*out).format = c"u".as_ptr();
        }
        0
    }

    #[test]
    fn the_result_may_be_moved_and_released_on_another_thread_after_other_calls() {
        struct Moved(ArrowArray);
        // SAFETY: what the interface demands.
        unsafe impl Send for Moved {}
        let (mut producer, mut buffers) = (Producer::default(), Producer::buffers());
        let (schema, array) = (producer.schema(), producer.array(3, &mut buffers));
        let mut roots = Box::new(ArrowArray::default());
        // SAFETY: structs of this function.
        unsafe { hello_sqrt_column(&schema, &array, &mut *roots) }.expect_ok();
        let moved = Moved(mem::take(&mut *roots));
        drop(roots);
        let _ = sqrt_column(&schema, &array);
        let seen = std::thread::spawn(move || taken({ moved }.0)).join();
        assert_eq!(seen.unwrap(), [Some(3.0), Some(4.0)]);
    }

    const LONGEST: usize = 30;

    /// A column with memory of its own, which its `release` frees.
    struct Made {
        buffers: Buffers,
        bits: [u8; LONGEST / 4 + 1],
        values: [f64; 2 * LONGEST],
    }

    thread_local! {
        /// How many of them nobody has released.
        static ALIVE: Cell<usize> = const { Cell::new(0) };
    }

    fn made(below: &mut impl FnMut(usize) -> usize) -> ArrowArray {
        let made = Box::leak(Box::new(Made {
            buffers: [null(); 2],
            bits: std::array::from_fn(|_| below(256) as u8),
            values: std::array::from_fn(|_| below(1000) as f64),
        }));
        let bits = (below(2) == 0).then_some(made.bits.as_ptr().cast());
        made.buffers = [bits.unwrap_or(null()), made.values.as_ptr().cast()];
        ALIVE.set(ALIVE.get() + 1);
        ArrowArray {
            length: below(LONGEST) as i64,
            offset: below(LONGEST) as i64,
            null_count: -1,
            n_buffers: 2,
            buffers: made.buffers.as_mut_ptr(),
            release: Some(release_made),
            private_data: ptr::from_mut(made).cast(),
            ..ArrowArray::default()
        }
    }

    unsafe extern "C" fn release_made(array: *mut ArrowArray) {
        // SAFETY: made above. The canary and AddressSanitizer notice a second release.
        unsafe {
            drop(Box::from_raw((*array).private_data.cast::<Made>()));
            (*array).release = None;
        }
        ALIVE.set(ALIVE.get() - 1);
    }

    /// A column, or what is left of one, and what has to be in it.
    type Slot = (ArrowArray, Vec<Option<f64>>);

    fn nothing() -> Slot {
        (ArrowArray::default(), Vec::new())
    }

    fn released((array, content): &mut Slot) {
        if let Some(release) = array.release {
            assert_eq!(seen(array), *content, "a value or a null is another one");
            // SAFETY: it has not been released.
            unsafe { release(array) };
            assert!(
                array.release.is_none(),
                "a column was released and does not say so"
            );
        }
    }

    /// Lends a column and returns its roots, or says that the call had to fail, as it did.
    fn lent(array: &ArrowArray, format: &'static CStr) -> Option<Slot> {
        let schema = ArrowSchema {
            format: format.as_ptr(),
            ..Producer::default().schema()
        };
        let (alive, mut roots) = (ALIVE.get(), ArrowArray::default());
        // SAFETY: structs of the tests.
        let status = unsafe { hello_sqrt_column(&schema, array, &mut roots) };
        assert_eq!(ALIVE.get(), alive, "the library released what it was lent");
        if format != c"g" || array.release.is_none() {
            assert!(roots.release.is_none(), "a call that had to fail did not");
            return None;
        }
        status.expect_ok();
        let root = |value: Option<f64>| value.map(hello_core::sqrt);
        Some((roots, seen(array).into_iter().map(root).collect()))
    }

    #[test]
    fn whatever_the_order_each_column_is_released_once_and_has_in_it_what_it_should() {
        let orders = if cfg!(debug_assertions) {
            10_000
        } else {
            1_000_000
        };
        let mut state = 1_u64;
        let mut below = |limit: usize| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as usize % limit
        };
        let mut slots: [Slot; 6] = std::array::from_fn(|_| nothing());
        for _ in 0..orders {
            let (one, other) = (below(6), below(6));
            let new = match below(4) {
                0 => {
                    let array = made(&mut below);
                    Some((array, seen(&array)))
                }
                // It is moved: nothing is left behind.
                1 => Some(mem::replace(&mut slots[one], nothing())),
                2 => lent(&slots[one].0, if below(6) > 0 { c"g" } else { c"u" }),
                _ => Some(nothing()),
            };
            if let Some(new) = new {
                released(&mut slots[other]);
                slots[other] = new;
            }
        }
        slots.iter_mut().for_each(released);
        assert_eq!(ALIVE.get(), 0, "a column was never released");
    }
}
