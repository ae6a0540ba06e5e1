//! Rows of several parents, those of each together.

use std::ops::Range;

use super::rows::Rows;

/// Where the rows of each group begin, and where the last one's end.
pub struct Groups(Vec<usize>);

impl Groups {
    pub fn none() -> Self {
        Self(vec![0])
    }

    pub fn one(rows: usize) -> Self {
        Self(vec![0, rows])
    }

    /// Of rows that came group by group.
    pub fn whole(group_of: &[u32], groups: usize) -> Self {
        debug_assert!(group_of.is_sorted(), "rows of several parents came mixed");
        Self::counted(group_of, groups)
    }

    fn counted(group_of: &[u32], groups: usize) -> Self {
        let mut starts = vec![0; groups + 1];
        for group in group_of {
            starts[*group as usize + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        Self(starts)
    }

    /// Puts the rows of each group together, in the order in which they came.
    pub fn sort(rows: &mut Rows, group_of: &[u32], groups: usize) -> Self {
        let Self(starts) = Self::counted(group_of, groups);
        if !group_of.is_sorted() {
            let mut next = starts.clone();
            let mut order = vec![0; group_of.len()];
            for (row, group) in group_of.iter().enumerate() {
                let next = &mut next[*group as usize];
                order[*next] = row;
                *next += 1;
            }
            rows.arrange(&order);
        }
        Self(starts)
    }

    pub fn range(&self, group: usize) -> Range<usize> {
        self.0[group]..self.0[group + 1]
    }

    pub fn any_empty(&self) -> bool {
        self.0.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Leaves out the rows that `keep` does not want. It is asked of each row once, group by group.
    pub fn retain(&mut self, rows: &mut Rows, mut keep: impl FnMut(&Rows, usize, usize) -> bool) {
        let mut kept = Vec::with_capacity(rows.count());
        let mut starts = Vec::with_capacity(self.0.len());
        for group in 0..self.0.len() - 1 {
            starts.push(kept.len());
            kept.extend(self.range(group).filter(|row| keep(rows, group, *row)));
        }
        starts.push(kept.len());
        if kept.len() < rows.count() {
            rows.arrange(&kept);
        }
        self.0 = starts;
    }
}
