//! Nested writes that name several rows of a list.

use super::super::{Call, Database};
use super::Row;
use crate::error::Stop;
use crate::sql::{Edge, EdgeKind, Target};
use crate::value::Value;

impl Database {
    pub(super) fn connect(
        &self,
        edge: &Edge,
        targets: &[Target],
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let rows = self.target_rows(targets, call)?;
        let expected = self.asked_for(targets, call)?;
        let complete = rows.len() == expected;
        // Rows that name others are changed before they are counted.
        if !complete && edge.kind == EdgeKind::Link {
            return Err(self.too_few(edge, expected, rows.len()));
        }
        for related in &rows {
            self.attach(edge, row, related, call)?;
        }
        if complete { Ok(()) } else { Err(self.too_few(edge, expected, rows.len())) }
    }

    pub(super) fn delete_listed(
        &self,
        edge: &Edge,
        targets: &[Target],
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let rows = self.ours(edge, targets, row, call)?;
        if rows.len() != targets.len() {
            return Err(self.apart(edge).into());
        }
        rows.iter().try_for_each(|related| self.remove(edge, related, call))
    }

    pub(super) fn disconnect(
        &self,
        edge: &Edge,
        targets: &[Target],
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        let rows = self.ours(edge, targets, row, call)?;
        rows.iter().try_for_each(|related| self.detach(edge, row, related, call))
    }

    /// Those that are related to `row`.
    fn ours(
        &self,
        edge: &Edge,
        targets: &[Target],
        row: &[Value],
        call: &Call,
    ) -> Result<Vec<Row>, Stop> {
        let mut ours = Vec::with_capacity(targets.len());
        for related in self.target_rows(targets, call)? {
            if self.is_related(edge, row, &related, call)? {
                ours.push(related);
            }
        }
        Ok(ours)
    }

    /// The list becomes these rows.
    pub(super) fn set_list(
        &self,
        edge: &Edge,
        targets: &[Target],
        row: &[Value],
        call: &Call,
    ) -> Result<(), Stop> {
        self.knows_list(edge, false, row, call)?;
        let old = self.related(edge, &edge.related, row, call)?;
        let new = self.target_rows(targets, call)?;
        let gone = old.iter().filter(|one| !self.among(edge.target, &new, one));
        let come = new.iter().filter(|one| !self.among(edge.target, &old, one));
        if edge.kind == EdgeKind::Link {
            let expected = self.asked_for(targets, call)?;
            if new.len() != expected {
                return Err(self.too_few(edge, expected, new.len()));
            }
            for one in gone {
                self.detach(edge, row, one, call)?;
            }
            return come.into_iter().try_for_each(|one| self.attach(edge, row, one, call));
        }
        for one in come {
            self.attach(edge, row, one, call)?;
        }
        for one in gone {
            self.let_go(edge, row, one, call)?;
        }
        Ok(())
    }
}
