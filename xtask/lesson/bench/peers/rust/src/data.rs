//! What a row works on, and what it answered.

use std::ffi::CString;

/// Doubles from which a slice begins in the middle of a page; see [`Data::roots`].
const APART: usize = 256;
const PAGE: usize = 4096 / size_of::<f64>();

/// The data of the row that was last asked for, and the answer of its last call.
#[derive(Default)]
pub struct Data {
    row: String,
    /// The name to greet, for rows `text-BYTES`.
    pub name: String,
    /// The same for C.
    pub c_name: CString,
    values: Vec<f64>,
    roots: Vec<f64>,
    count: usize,
    /// What the last call answered, for rows without a slice.
    pub told: String,
}

impl Data {
    /// Makes what `row` needs, unless it is there.
    pub fn prepare(&mut self, row: &str) {
        if self.row == row {
            return;
        }
        *self = Data {
            row: row.to_owned(),
            ..Data::default()
        };
        let (kind, size) = row.split_once('-').unwrap_or((row, ""));
        let size: usize = size.parse().unwrap_or(0);
        if kind == "text" {
            self.name = ('a'..='p').cycle().take(size).collect();
            self.c_name = CString::new(self.name.as_str()).unwrap_or_default();
        } else if kind == "slice" {
            self.count = size;
            self.values = vec![0.0; size + 2 * PAGE];
            // Not zeros, which would be only a promise of memory.
            self.roots = vec![1.0; size + 2 * PAGE];
            let values = page_of(&self.values);
            for (index, value) in self.values[values..][..size].iter_mut().enumerate() {
                *value = index as f64 + 0.5;
            }
        }
    }

    /// The values and the place for their roots. The first begin at a page and the second in the
    /// middle of one: processors take a write to the one for a write to the other where the last
    /// bits of the addresses are the same.
    pub fn slices(&mut self) -> (&[f64], &mut [f64]) {
        let values = page_of(&self.values);
        let roots = page_of(&self.roots) + APART;
        (
            &self.values[values..][..self.count],
            &mut self.roots[roots..][..self.count],
        )
    }

    /// What the last call of `row` answered.
    pub fn answer(&mut self, row: &str) -> String {
        if !row.starts_with("slice-") {
            return self.told.clone();
        }
        let (_, roots) = self.slices();
        let weighted = roots.iter().zip((1_u64..).step_by(2));
        let sum = weighted.fold(0_u64, |sum, (root, weight)| {
            sum.wrapping_add(root.to_bits().wrapping_mul(weight))
        });
        format!("{sum:016x}")
    }
}

/// The index of the first element that begins a page.
fn page_of(room: &[f64]) -> usize {
    let start = room.as_ptr().addr() / size_of::<f64>();
    start.next_multiple_of(PAGE) - start
}
