//! What the main database would say of a row that breaks a constraint: its words, its names of constraints.
//! JS makes of it the error of the user's version of Prisma.

use serde_json::json;

use crate::error::Failure;
use crate::ids::FieldId;
use crate::schema::Model;

/// PostgreSQL cuts names of constraints; Prisma cuts them first, so that the suffix stays.
const MAX_NAME: usize = 63;

/// A unique key that another row has.
pub fn unique(model: &Model, fields: &[FieldId]) -> Failure {
    let index = if fields == model.key.fields && model.keyed {
        constraint(&model.table, &[], "_pkey")
    } else {
        constraint(&model.table, &columns(model, fields), "_key")
    };
    let text = format!("duplicate key value violates unique constraint \"{index}\"");
    let names: Vec<&str> = fields.iter().map(|id| model.field(*id).name.as_str()).collect();
    let meta = json!({
        "modelName": model.name,
        "target": names,
        "database": {
            "sqlstate": "23505", "text": text, "index": index, "columns": columns(model, fields), "table": model.table,
        },
    });
    Failure::new("P2002", text, meta)
}

/// A row whose foreign key names no row.
pub fn parent_missing(model: &Model, fields: &[FieldId]) -> Failure {
    let index = constraint(&model.table, &columns(model, fields), "_fkey");
    let text = format!(
        "insert or update on table \"{}\" violates foreign key constraint \"{index}\"",
        model.table
    );
    foreign_key(&text, &index, &columns(model, fields))
}

/// A row that another one of `child` still names.
pub fn child_left(parent: &Model, child: &Model, fields: &[FieldId]) -> Failure {
    let index = constraint(&child.table, &columns(child, fields), "_fkey");
    let text = format!(
        "update or delete on table \"{}\" violates foreign key constraint \"{index}\" on table \"{}\"",
        parent.table, child.table
    );
    foreign_key(&text, &index, &columns(child, fields))
}

fn foreign_key(text: &str, index: &str, columns: &[&str]) -> Failure {
    Failure::new(
        "P2003",
        text,
        json!({ "database": { "sqlstate": "23503", "text": text, "index": index, "columns": columns } }),
    )
}

/// A required column without a value.
pub fn null_value(model: &Model, fields: &[FieldId]) -> Failure {
    let columns = columns(model, fields);
    let text = format!(
        "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
        columns.join("\", \""),
        model.table
    );
    Failure::new(
        "P2011",
        text.clone(),
        json!({ "database": { "sqlstate": "23502", "text": text, "columns": columns, "table": model.table } }),
    )
}

fn columns<'a>(model: &'a Model, fields: &[FieldId]) -> Vec<&'a str> {
    fields.iter().map(|id| model.field(*id).column.as_str()).collect()
}

/// The name that Prisma gives a constraint: table and columns, cut to make room for the suffix.
fn constraint(table: &str, columns: &[&str], suffix: &str) -> String {
    let mut name = [&[table], columns].concat().join("_");
    let mut end = name.len().min(MAX_NAME - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_long_names_before_the_suffix() {
        assert_eq!(constraint("users", &["email"], "_key"), "users_email_key");
        let long = constraint(&"t".repeat(70), &["a"], "_fkey");
        assert_eq!((long.len(), long.ends_with("_fkey")), (63, true));
    }
}
