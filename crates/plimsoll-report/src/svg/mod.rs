//! A small layer for clean statistical graphics: scales, ticks, text that fits, labels that do not collide.
//!
//! Colours are CSS classes only, so that one drawing serves light, dark and print.

pub mod canvas;
pub mod frame;
pub mod labels;
pub mod path;
pub mod scale;
pub mod text;

pub use canvas::{Anchor, Canvas};

/// The size of a drawing in user units, which are CSS pixels at natural size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height for plots of fixed height; plots made of rows choose their own.
    pub height: f64,
}

impl Size {
    /// A section's main chart on a wide screen or paper.
    pub const WIDE: Size = Size { width: 700.0, height: 350.0 };
    /// A section's main chart on a phone.
    pub const NARROW: Size = Size { width: 344.0, height: 270.0 };
    /// A small multiple.
    pub const SMALL: Size = Size { width: 344.0, height: 216.0 };

    /// Whether there is room for long labels.
    pub fn is_wide(self) -> bool {
        self.width > 500.0
    }
}
