//! Standard output and standard error as the process has them, past the locks and the buffer of
//! Rust's `std`.
//!
//! `println!` is not for a library that others load: it panics when standard output fails, and it
//! takes a lock that stays locked forever in a child that was forked while another thread held it.

use std::io::{self, Write};
#[cfg(any(unix, windows, target_os = "wasi"))]
use std::{fs::File, mem::ManuallyDrop};

/// Where the process writes to. Each call of `write` is one call of the system.
#[derive(Clone, Copy)]
pub enum Standard {
    /// Standard output.
    Output = 1,
    /// Standard error.
    Error = 2,
}

impl Standard {
    #[cfg(any(unix, target_os = "wasi"))]
    fn file(self) -> ManuallyDrop<File> {
        use std::os::fd::FromRawFd;
        // By its number: to ask `io::stdout()` for it would make the lock and the buffer.
        // SAFETY: the descriptor is borrowed, because the file is never dropped and so never closes it.
        // If the process has closed it, writing fails and reports it.
        ManuallyDrop::new(unsafe { File::from_raw_fd(self as i32) })
    }

    #[cfg(windows)]
    fn file(self) -> ManuallyDrop<File> {
        use std::os::windows::io::{AsRawHandle, FromRawHandle};
        // Asking for the handle takes no lock.
        let handle = match self {
            Standard::Output => io::stdout().as_raw_handle(),
            Standard::Error => io::stderr().as_raw_handle(),
        };
        // SAFETY: as above.
        ManuallyDrop::new(unsafe { File::from_raw_handle(handle) })
    }
}

impl Write for Standard {
    #[cfg(any(unix, windows, target_os = "wasi"))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    /// A page in a browser has neither.
    #[cfg(not(any(unix, windows, target_os = "wasi")))]
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // Nothing is buffered.
    }
}
