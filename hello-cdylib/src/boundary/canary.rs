//! The canary build: proof that each side frees its own memory, and all of it.
//!
//! Rust's allocator is C's `malloc`, so that C's `free` takes a block of Rust's without a word, and
//! no tool reports it, until the day the allocator differs. Here it differs: each block starts a
//! little after what the system allocated. C's `free` aborts on it, the library aborts on a block of
//! C's, and a counter tells whether any is left. For tests alone; the feature `canary` is off by
//! default.
//!
//! The count is to be compared with an earlier one, taken after one call of each kind, and not with
//! 0: under `RUST_BACKTRACE=1` the standard library keeps what it has read to name the callers of a
//! panic. That is made once, so it is no leak.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns how many blocks of memory the library has allocated and not freed, in all threads.
#[unsafe(no_mangle)]
pub extern "C" fn hello_canary_live_blocks() -> usize {
    LIVE_BLOCKS.load(Ordering::SeqCst)
}

#[global_allocator]
static CANARY: Canary = Canary;

static LIVE_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// Hands out blocks that lie behind a [`Tag`].
struct Canary;

/// Stands directly before each block.
#[repr(C, align(16))]
struct Tag {
    /// The size that was asked for. A text whose length C has changed is freed with another one.
    size: usize,
    /// Where `free` of most C libraries keeps the size of the block. As a size it is absurd.
    mark: usize,
}

/// No flag of glibc's is set in it (its lowest bits), and no block is so large.
const LIVE: usize = 0xffff_ffff_c0ff_ee00_u64 as usize;
const FREED: usize = !LIVE;

// SAFETY: every block is one of the system's, less the place for the tag at its start: that is a
// multiple of the alignment and belongs to nobody else. Nothing in here unwinds.
unsafe impl GlobalAlloc for Canary {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((whole, offset)) = with_tag(layout) else {
            return std::ptr::null_mut();
        };
        // SAFETY: there is at least the tag in it.
        let start = unsafe { System.alloc(whole) };
        if start.is_null() {
            return start;
        }
        LIVE_BLOCKS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: `offset` is within the block and has room for a tag before it.
        unsafe {
            let block = start.add(offset);
            tag_of(block).write(Tag {
                size: layout.size(),
                mark: LIVE,
            });
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let tag = tag_of(block);
        // SAFETY: a block of ours has its tag before it. If it is another's, this reads what is
        // not ours to read, and with luck gets to say so.
        let Tag { size, mark } = unsafe { tag.read() };
        match mark {
            LIVE if size == layout.size() => {}
            LIVE => die("a block is freed with another size than it was allocated with"),
            FREED => die("a block is freed twice"),
            _ => die("a block is freed that the library has not allocated"),
        }
        let Some((whole, offset)) = with_tag(layout) else {
            die("a block is freed with a size that no block has");
        };
        // SAFETY: the tag says that the block is ours, so it is as `alloc` made it.
        unsafe {
            (*tag).mark = FREED;
            System.dealloc(block.sub(offset), whole);
        }
        LIVE_BLOCKS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The layout of a block with its tag, and where the block begins in it.
fn with_tag(layout: Layout) -> Option<(Layout, usize)> {
    Layout::new::<Tag>().extend(layout).ok()
}

fn tag_of(block: *mut u8) -> *mut Tag {
    block.wrapping_sub(size_of::<Tag>()).cast()
}

/// An allocator may not panic, nor allocate what it says.
fn die(what: &str) -> ! {
    let mut stderr = std::io::stderr();
    for part in ["libhello (canary): ", what, "\n"] {
        let _ = stderr.write_all(part.as_bytes());
    }
    std::process::abort();
}

#[cfg(test)]
mod tests {
    use std::ffi::{c_char, c_void};
    use std::process::{Command, Output};
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::crossing::error::hello_checked_sqrt;
    use crate::crossing::handle::{hello_greeter_free, hello_greeter_greet, hello_greeter_new};
    use crate::crossing::text::{hello_greet, hello_string_free};

    const ALONE: &str = "HELLO_TEST_ALONE";

    /// Runs `body` as the only test of a process: others allocate meanwhile, and some bodies abort.
    fn alone(test: &str, body: fn()) -> Option<Output> {
        if std::env::var_os(ALONE).is_some() {
            body();
            return None;
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(format!("boundary::canary::tests::{test}"))
            .env(ALONE, "1")
            .output()
            .unwrap();
        Some(output)
    }

    /// `message` may be empty: what `free` says is the business of the C library.
    #[track_caller]
    fn assert_aborts(output: Option<Output>, message: &str) {
        let Some(output) = output else { return };
        let stderr = String::from_utf8_lossy(&output.stderr);
        let test_passed_or_failed = matches!(output.status.code(), Some(0 | 101));
        assert!(!test_passed_or_failed, "it went on: {stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }

    fn greeting() -> *mut c_char {
        let mut greeting = null_mut();
        // SAFETY: text with its NUL and a pointer of this function.
        unsafe { hello_greet(c"Ada".as_ptr(), &mut greeting) }.expect_ok();
        greeting
    }

    fn round_trip() {
        let mut greeter = null_mut();
        let mut text = null_mut();
        // SAFETY: texts with their NUL and pointers of this function; each thing is freed once.
        unsafe {
            hello_string_free(greeting());
            hello_greeter_new(c"Hi".as_ptr(), &mut greeter).expect_ok();
            hello_greeter_greet(greeter.as_ref(), c"Ada".as_ptr(), &mut text).expect_ok();
            hello_greeter_free(Some(Box::from_raw(greeter)));
            hello_string_free(text);
            let _ = hello_greet(null(), &mut text);
            let _ = hello_checked_sqrt(-1.0, &mut 0.0);
            let _ = crate::crossing::panic::hello_panic(c"counted".as_ptr());
        }
    }

    #[test]
    fn after_each_round_trip_nothing_is_left() {
        let output = alone("after_each_round_trip_nothing_is_left", || {
            round_trip(); // What is made once and kept.
            let before = hello_canary_live_blocks();
            for _ in 0..100 {
                round_trip();
            }
            assert_eq!(hello_canary_live_blocks(), before);

            let kept = greeting();
            assert_eq!(
                hello_canary_live_blocks(),
                before + 1,
                "one exact allocation"
            );
            // SAFETY: made above, and not used again.
            unsafe { hello_string_free(kept) };
            assert_eq!(hello_canary_live_blocks(), before);
        });
        if let Some(output) = output {
            assert!(output.status.success(), "{output:?}");
        }
    }

    unsafe extern "C" {
        safe fn malloc(size: usize) -> *mut c_void;
        fn free(block: *mut c_void);
    }

    #[test]
    fn a_block_of_the_library_is_not_for_c_to_free() {
        let output = alone("a_block_of_the_library_is_not_for_c_to_free", || {
            // SAFETY: none. That is what is tested.
            unsafe { free(greeting().cast()) };
        });
        assert_aborts(output, "");
    }

    #[test]
    fn a_block_of_c_is_not_for_the_library_to_free() {
        let output = alone("a_block_of_c_is_not_for_the_library_to_free", || {
            let block = malloc(64).cast::<c_char>();
            // SAFETY: none. That is what is tested.
            unsafe {
                block.write_bytes(0, 64);
                hello_string_free(block.add(32));
            }
        });
        assert_aborts(
            output,
            "a block is freed that the library has not allocated",
        );
    }

    #[test]
    fn a_text_keeps_its_length() {
        let output = alone("a_text_keeps_its_length", || {
            let text = greeting();
            // SAFETY: within the text; freeing it then is what is tested.
            unsafe {
                text.add(3).write(0);
                hello_string_free(text);
            }
        });
        assert_aborts(output, "a block is freed with another size");
    }
}
