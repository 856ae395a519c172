//! The program's memory: the system's, with large blocks on huge pages.
//!
//! A panel of a few thousand stocks is tens of megabytes. Touched the first time on pages of 4 kB it costs more than computing what it
//! holds: a fault a page. Linux gives pages of 2 MB to who asks for them (transparent_hugepage/enabled `madvise`, the usual setting).

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator; asks for huge pages for blocks of several.
pub struct HugePages;

/// Blocks from this size on are advised.
const LARGE: usize = 8 << 20;

/// Advises the whole huge pages within a block; whether that is heeded makes no difference but to speed.
#[cfg(target_os = "linux")]
fn advise(block: *mut u8, size: usize) {
    const PAGE: usize = 2 << 20;
    if block.is_null() || size < LARGE {
        return;
    }
    let skipped = block.align_offset(PAGE);
    let whole = size.saturating_sub(skipped) / PAGE * PAGE;
    // SAFETY: the pages lie within a block just allocated, and the advice changes no content.
    unsafe { libc::madvise(block.wrapping_add(skipped).cast(), whole, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}

// SAFETY: every block comes from the system's allocator and goes back to it; the advice changes neither its place nor its content.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system allocator's.
        let block = unsafe { System.alloc(layout) };
        advise(block, layout.size());
        block
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let block = unsafe { System.alloc_zeroed(layout) };
        advise(block, layout.size());
        block
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        let block = unsafe { System.realloc(block, layout, size) };
        advise(block, size);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_blocks_hold_what_is_written() {
        for size in [1, 4096, LARGE, LARGE + 12_345] {
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: the block is used within its size and freed with its layout.
            unsafe {
                let block = HugePages.alloc_zeroed(layout);
                assert!(!block.is_null() && *block == 0 && *block.add(size - 1) == 0);
                block.add(size - 1).write(7);
                let grown = HugePages.realloc(block, layout, 2 * size);
                assert_eq!(*grown.add(size - 1), 7);
                grown.add(2 * size - 1).write(9);
                HugePages.dealloc(grown, Layout::from_size_align(2 * size, 8).unwrap());
            }
        }
    }
}
