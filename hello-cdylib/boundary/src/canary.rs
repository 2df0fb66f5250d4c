//! The canary build: proof that each side frees its own memory, and all of it.
//!
//! Rust's allocator is C's `malloc`, so that C's `free` takes a block of Rust's in silence, and
//! no tool reports it, until one day the allocators differ. Here they differ: each block starts a
//! little after what the system allocated. C's `free` aborts on it, the library aborts on a block that
//! C allocated, and a counter says whether any is left. For tests alone: a library declares it where a
//! feature of its own, which is off by default, turns on the feature `canary` of this crate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::mem::offset_of;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::Standard;

/// How many blocks of memory the library has allocated and not freed, in all threads.
pub fn live_blocks() -> usize {
    LIVE_BLOCKS.load(Ordering::SeqCst)
}

static LIVE_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// The blocks that were freed last. Only what leaves it goes back to the system, which writes into
/// free memory and gives it to others: until then a block that is freed twice still says so.
static QUARANTINE: [AtomicPtr<u8>; 64] = [const { AtomicPtr::new(null_mut()) }; 64];
static FREED_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// Hands out blocks that lie behind a tag of its own. It has the name of the library:
///
/// ```
/// #[global_allocator]
/// static CANARY: abi_boundary::canary::Canary = abi_boundary::canary::Canary("libzebra");
/// ```
pub struct Canary(pub &'static str);

/// Stands directly before each block.
#[repr(C, align(16))]
struct Tag {
    /// What was asked for. A text whose length C has changed is freed with another size.
    layout: Layout,
    /// Fills the tag up, so that the next field is its last.
    _space: usize,
    /// Where `free` of most C libraries keeps the size of the block. As a size it is absurd.
    mark: AtomicUsize,
}

/// No flag of glibc's is set in it (its lowest bits), and no block is so large.
const LIVE: usize = 0xffff_ffff_c0ff_ee00_u64 as usize;
const FREED: usize = !LIVE;

const _: () = assert!(offset_of!(Tag, mark) + size_of::<usize>() == size_of::<Tag>());

// SAFETY: every block is one of the system's, less the tag at its start: that is a multiple of the
// alignment and belongs to nobody else. Nothing in here unwinds.
unsafe impl GlobalAlloc for Canary {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((whole, offset)) = with_tag(layout) else {
            return null_mut();
        };
        // SAFETY: there is at least the tag in it.
        let start = unsafe { System.alloc(whole) };
        if start.is_null() {
            return start;
        }
        LIVE_BLOCKS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: `offset` is within the block, and the tag fits before it.
        unsafe {
            let block = start.add(offset);
            tag_of(block).write(Tag {
                layout,
                _space: 0,
                mark: AtomicUsize::new(LIVE),
            });
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: a block of ours has its tag before it. If it is another's, this reads what is
        // not ours to read, and with luck gets to say so.
        let tag = unsafe { &*tag_of(block) };
        match tag
            .mark
            .compare_exchange(LIVE, FREED, Ordering::SeqCst, Ordering::SeqCst)
        {
            Ok(_) if tag.layout == layout => {}
            Ok(_) => self.die("a block is freed with another size than it was allocated with"),
            Err(FREED) => self.die("a block is freed twice"),
            Err(_) => self.die("a block is freed that the library has not allocated"),
        }
        LIVE_BLOCKS.fetch_sub(1, Ordering::SeqCst);
        let slot = FREED_BLOCKS.fetch_add(1, Ordering::SeqCst) % QUARANTINE.len();
        let oldest = QUARANTINE[slot].swap(block, Ordering::SeqCst);
        if !oldest.is_null() {
            // SAFETY: only blocks of ours get into the quarantine, and each leaves it once.
            unsafe { give_back(oldest) };
        }
    }
}

/// Gives a block back to the system.
///
/// # Safety
///
/// It is one of ours, was freed, and is not used any more.
unsafe fn give_back(block: *mut u8) {
    // SAFETY: a block of ours has its tag before it.
    let layout = unsafe { (*tag_of(block)).layout };
    if let Some((whole, offset)) = with_tag(layout) {
        // SAFETY: the block is as `alloc` made it.
        unsafe { System.dealloc(block.sub(offset), whole) };
    }
}

/// The layout of a block with its tag, and where the block begins in it.
fn with_tag(layout: Layout) -> Option<(Layout, usize)> {
    Layout::new::<Tag>().extend(layout).ok()
}

fn tag_of(block: *mut u8) -> *mut Tag {
    block.wrapping_sub(size_of::<Tag>()).cast()
}

impl Canary {
    /// An allocator may not panic, nor allocate what it says.
    fn die(&self, what: &str) -> ! {
        for part in [self.0, " (canary): ", what, "\n"] {
            let _ = Standard::Error.write_all(part.as_bytes());
        }
        std::process::abort();
    }
}
