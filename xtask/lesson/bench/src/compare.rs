//! Two runs held against each other: does the same machine give the same ratios?

use crate::record::Record;
use crate::table::{self, FLOOR};

/// How far apart two ratios may be that are called the same.
pub const WITHIN: f64 = 0.10;

/// A ratio of both runs.
pub struct Pair {
    pub row: &'static str,
    pub contender: &'static str,
    pub ratios: [f64; 2],
}

impl Pair {
    /// The distance, as a part of the smaller.
    pub fn distance(&self) -> f64 {
        let [a, b] = self.ratios;
        (a - b).abs() / a.min(b)
    }

    pub fn agrees(&self) -> bool {
        self.distance() <= WITHIN
    }
}

/// The ratios to the floor that both runs have; the floor's own aside.
pub fn pairs(first: &Record, second: &Record) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for row in table::ROWS {
        for contender in table::CONTENDERS {
            let of = |record: &Record| {
                let figure = record.figure(row.id, contender.id)?;
                Some(figure.ratio?.median)
            };
            if let (Some(a), Some(b), true) = (of(first), of(second), contender.id != FLOOR) {
                pairs.push(Pair {
                    row: row.id,
                    contender: contender.id,
                    ratios: [a, b],
                });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn a_run_agrees_with_itself() {
        let record = example();
        let pairs = pairs(&record, &record);
        assert!(pairs.len() > 50);
        assert!(pairs.iter().all(Pair::agrees));
        assert!(pairs.iter().all(|pair| pair.contender != FLOOR));
    }

    #[test]
    fn what_differs_by_more_than_a_tenth_is_noticed() {
        let (first, mut second) = (example(), example());
        let figure = &mut second.rows[1].figures[3];
        let ratio = figure.ratio.as_mut().unwrap();
        ratio.median *= 1.2;
        let pairs = pairs(&first, &second);
        let apart: Vec<_> = pairs.iter().filter(|pair| !pair.agrees()).collect();
        assert_eq!(apart.len(), 1);
        assert_eq!((apart[0].row, apart[0].contender), ("sqrt", "c-rust"));
    }
}
