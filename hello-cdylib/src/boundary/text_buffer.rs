//! Text out, into memory that is and stays C's.

use std::ffi::c_char;
use std::marker::PhantomData;

use crate::Status;
use crate::boundary::argument::check_pointer;
use crate::boundary::guard::{Call, Failure};

impl Call {
    /// A buffer for text; NULL if its capacity is 0.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to `capacity` bytes that may be written to until the call ends,
    /// by this call alone.
    pub unsafe fn buffer(
        &self,
        name: &str,
        pointer: *mut c_char,
        capacity: usize,
    ) -> Result<Buffer<'_>, Failure> {
        if capacity > 0 {
            check_pointer(name, pointer)?;
        }
        Ok(Buffer {
            pointer,
            capacity,
            call: PhantomData,
        })
    }
}

/// Where C expects text.
pub struct Buffer<'call> {
    pointer: *mut c_char,
    capacity: usize,
    call: PhantomData<&'call Call>,
}

impl Buffer<'_> {
    /// Writes `text` and a NUL, all or nothing. Without a buffer, that is fine too.
    pub fn set(self, text: &str) -> Result<(), Failure> {
        if self.pointer.is_null() {
            return Ok(());
        }
        let needed = text.len() + 1;
        if self.capacity < needed {
            return Err(too_small(self.capacity, needed));
        }
        // SAFETY: not NULL, the text and the NUL fit, and the caller of `Call::buffer` guarantees
        // that it may be written to by this call alone, so that `text` is elsewhere.
        unsafe {
            let start = self.pointer.cast::<u8>();
            start.copy_from_nonoverlapping(text.as_ptr(), text.len());
            start.add(text.len()).write(0);
        }
        Ok(())
    }
}

#[cold]
fn too_small(capacity: usize, needed: usize) -> Failure {
    let message = format!("`capacity` is {capacity} and has to be at least {needed}");
    Failure::new(Status::BufferTooSmall, message)
}
