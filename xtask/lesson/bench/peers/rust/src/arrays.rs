//! `peers/c/arrays.h`: what all callers share, loaded.

use std::error::Error;
use std::slice;

use libloading::Library;

/// Its functions.
pub struct Arrays {
    values: unsafe extern "C" fn(usize) -> *mut f64,
    roots: unsafe extern "C" fn(usize) -> *mut f64,
    checksum: unsafe extern "C" fn(*const f64, usize) -> u64,
    now: unsafe extern "C" fn() -> u64,
    /// Keeps them where they are.
    _library: Library,
}

impl Arrays {
    pub fn open(path: &str) -> Result<Arrays, Box<dyn Error>> {
        // SAFETY: the library has no initialisers, and the types are those of its header.
        unsafe {
            let library = Library::new(path)?;
            Ok(Arrays {
                values: *library.get(c"bench_values")?,
                roots: *library.get(c"bench_roots")?,
                checksum: *library.get(c"bench_checksum")?,
                now: *library.get(c"bench_now")?,
                _library: library,
            })
        }
    }

    /// Nanoseconds of this thread's own time.
    pub fn now(&self) -> u64 {
        // SAFETY: it takes nothing.
        unsafe { (self.now)() }
    }

    /// Values and a target for their roots.
    pub fn pair(&self, count: usize) -> Pair<'_> {
        // SAFETY: any count is allowed.
        let (values, roots) = unsafe { ((self.values)(count), (self.roots)(count)) };
        assert!(!values.is_null() && !roots.is_null(), "there is no memory");
        Pair {
            arrays: self,
            count,
            values,
            roots,
        }
    }
}

/// Two arrays of one length, for as long as the program runs.
pub struct Pair<'a> {
    arrays: &'a Arrays,
    count: usize,
    values: *mut f64,
    roots: *mut f64,
}

impl Pair<'_> {
    pub fn slices(&mut self) -> (&[f64], &mut [f64]) {
        // SAFETY: both have so many doubles, all written to; they are apart, and this value's alone.
        unsafe {
            (
                slice::from_raw_parts(self.values, self.count),
                slice::from_raw_parts_mut(self.roots, self.count),
            )
        }
    }

    /// Of the roots, which are zeros afterwards: what one subject wrote is not taken for the next
    /// one's.
    pub fn take_checksum(&mut self) -> String {
        // SAFETY: there are so many.
        let sum = unsafe { (self.arrays.checksum)(self.roots, self.count) };
        self.slices().1.fill(0.0);
        format!("{sum:016x}")
    }
}
