//! SQL text and parameters per kind of change and per column type. That `PostgreSQL` takes them is shown by
//! `__tests__/apply.postgres.test.js`.

use serde_json::{Value as Json, json};

use super::{How, work_json};
use crate::ids::{FieldId, ModelId, Seq};
use crate::outbox::{Change, ChangeKind, Column, Window};
use crate::schema::Schema;
use crate::value::Value;

fn field(name: &str, kind: &str, list: bool, native: &Json) -> Json {
    json!({"name": name, "dbName": format!("c_{name}"), "kind": if kind == "Role" { "enum" } else { "scalar" },
        "type": kind, "isList": list, "isRequired": false, "nativeType": native})
}

fn schema(fields: &[Json], key: &[&str]) -> Schema {
    let manifest = json!({
        "version": 1, "fingerprint": "f", "provider": "postgresql",
        "enums": [{"name": "Role", "dbName": "role\"t", "schema": "auth", "values": [{"name": "USER", "dbName": "user"}]}],
        "models": [{"name": "Item", "dbName": "it\"ems", "schema": "shop", "fields": fields,
            "primaryKey": {"name": null, "fields": key}}],
        "joinTables": [{"table": "_Tag", "schema": null, "relationName": "Tag",
            "a": {"model": "Item", "field": "x"}, "b": {"model": "Item", "field": "y"}}]
    });
    Schema::parse(&manifest.to_string()).unwrap()
}

fn change(model: u16, kind: ChangeKind, key: &[i64], columns: Vec<(u16, Value)>) -> Change {
    let columns = columns
        .into_iter()
        .map(|(field, new)| Column {
            field: FieldId(field),
            old: None,
            new: Some(new),
            delta: None,
        })
        .collect();
    let key = key.iter().copied().map(Value::Int).collect();
    Change { model: ModelId(model), kind, cascaded: false, key, columns }
}

fn window(commits: Vec<Vec<Change>>) -> Window {
    let commits: Vec<_> = (5..).map(Seq).zip(commits).collect();
    let last = commits.last().unwrap().0;
    Window {
        origin: "o".into(),
        base: Seq(4),
        first: Seq(5),
        last,
        initial: false,
        current: true,
        full: false,
        cause: None,
        commits,
    }
}

fn work(schema: &Schema, commits: Vec<Vec<Change>>) -> Json {
    serde_json::from_str(&work_json(schema, &window(commits), &How::default())).unwrap()
}

fn net(schema: &Schema, commits: Vec<Vec<Change>>) -> Json {
    let how = How::parse(schema, r#"{"coalesce": true}"#).unwrap();
    serde_json::from_str(&work_json(schema, &window(commits), &how)).unwrap()
}

fn two_fields() -> Schema {
    schema(
        &[field("id", "Int", false, &json!(null)), field("n", "Decimal", false, &json!(null))],
        &["id"],
    )
}

fn create(id: i64) -> Change {
    change(0, ChangeKind::Create, &[id], vec![(0, Value::Int(id)), (1, Value::Text("1.5".into()))])
}

/// One column of a type: the cast and the text its value gets.
fn one(kind: &str, list: bool, native: &Json, value: Value) -> (String, Json) {
    let schema =
        schema(&[field("id", "Int", false, &json!(null)), field("v", kind, list, native)], &["id"]);
    let update = change(0, ChangeKind::Update, &[1], vec![(1, value)]);
    let statement = &work(&schema, vec![vec![update]])["statements"][0];
    let sql = statement["sql"].as_str().unwrap();
    let start = sql.find("$1::text").unwrap() + "$1::text".len();
    (sql[start..sql.find(" WHERE").unwrap()].to_owned(), statement["params"][0].clone())
}

#[test]
fn creates_of_neighbouring_commits_are_one_insert() {
    let work = work(&two_fields(), vec![vec![create(1)], vec![create(2), create(3)]]);
    assert_eq!(
        work["statements"],
        json!([{
            "sql": "INSERT INTO \"shop\".\"it\"\"ems\" (\"c_id\", \"c_n\") OVERRIDING SYSTEM VALUE \
                    SELECT x.c0::integer, x.c1::numeric FROM unnest($1::text::text[], $2::text::text[]) AS x(c0, c1)",
            "params": ["{1,2,3}", "{1.5,1.5,1.5}"],
            "expect": 3, "model": "Item", "kind": "create", "first": 5, "last": 6, "returning": null, "select": null
        }])
    );
    assert_eq!(
        (&work["base"], &work["last"], &work["single"]),
        (&json!(4), &json!(6), &json!(null))
    );
    assert_eq!(work["claim"]["params"], json!([null, "o", "4", "6", "0"]));
}

#[test]
fn a_window_of_one_statement_is_one_with_its_claim() {
    let whole = |commits| work(&two_fields(), commits)["whole"].clone();
    assert_eq!(
        whole(vec![vec![create(1)]]),
        "WITH claim AS (UPDATE sharded.ledger SET seq = $6::text::bigint, epoch = $7::text::bigint, updated_at = now() \
         WHERE block = $3::text AND origin = $4::text AND seq = $5::text::bigint AND epoch <= $7::text::bigint RETURNING 1), \
         done AS (INSERT INTO \"shop\".\"it\"\"ems\" (\"c_id\", \"c_n\") OVERRIDING SYSTEM VALUE \
         SELECT x.c0::integer, x.c1::numeric FROM (VALUES ($1::text, $2::text)) AS x(c0, c1) RETURNING 1) \
         SELECT 1 / CASE WHEN (SELECT count(*) FROM claim) = 1 AND (SELECT count(*) FROM done) = 1 THEN 1 ELSE 0 END AS applied, \
         NULL::text AS back"
    );
    let moved = change(0, ChangeKind::Update, &[1], vec![(0, Value::Int(2))]);
    assert_eq!(whole(vec![vec![create(1), moved]]), json!(null), "two statements");
    let mut cascaded = change(0, ChangeKind::Delete, &[1], vec![]);
    cascaded.cascaded = true;
    assert_eq!(whole(vec![vec![cascaded]]), json!(null), "it may touch nothing");
}

#[test]
fn a_delta_stays_a_delta_and_returns_its_value() {
    let mut increment = change(0, ChangeKind::Update, &[1], vec![(1, Value::Text("2.5".into()))]);
    increment.columns[0].delta = Some(Value::Text("-0.5".into()));
    let work = work(&two_fields(), vec![vec![increment]]);
    let statement = &work["statements"][0];
    assert_eq!(
        statement["sql"],
        "UPDATE \"shop\".\"it\"\"ems\" SET \"c_n\" = \"c_n\" + $1::text::numeric WHERE \"c_id\" = $2::text::integer \
         RETURNING trim_scale(\"c_n\"::numeric)::text AS r0"
    );
    assert_eq!(statement["params"], json!(["-0.5", "1"]));
    assert_eq!(statement["returning"]["fields"], json!(["n"]));
    assert_eq!(statement["returning"]["rows"][0]["local"], json!(["2.5"]));
    assert_eq!(statement["returning"]["rows"][0]["row"]["where"], json!({"id": 1}));
    assert_eq!(
        work["single"]["changes"][0]["delta"],
        json!({"n": {"$type": "Decimal", "value": "-0.5"}})
    );
}

#[test]
fn deletes_are_grouped_by_a_single_key_and_cascades_expect_nothing() {
    let mut cascaded = change(0, ChangeKind::Delete, &[3], vec![]);
    cascaded.cascaded = true;
    let deletes = [1, 2].map(|id| change(0, ChangeKind::Delete, &[id], vec![]));
    let work = work(&two_fields(), vec![deletes.to_vec(), vec![cascaded]]);
    let sql = |at: usize| work["statements"][at]["sql"].as_str().unwrap();
    assert_eq!(
        sql(0),
        "DELETE FROM \"shop\".\"it\"\"ems\" WHERE \"c_id\" = ANY($1::text::text[]::integer[])"
    );
    assert_eq!(sql(1), "DELETE FROM \"shop\".\"it\"\"ems\" WHERE \"c_id\" = $1::text::integer");
    assert_eq!(
        [&work["statements"][0]["expect"], &work["statements"][1]["expect"]],
        [&json!(2), &json!(null)]
    );
}

#[test]
fn order_is_execution_order() {
    let n = |n: &str| vec![(1, Value::Text(n.into()))];
    let commits = vec![
        vec![create(1), change(0, ChangeKind::Update, &[1], n("2")), create(2)],
        vec![change(0, ChangeKind::Delete, &[1], vec![]), create(1)],
    ];
    let work = work(&two_fields(), commits);
    let kinds: Vec<&str> = work["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["create", "update", "create", "delete", "create"]);
}

#[test]
fn net_changes_of_many_rows_are_one_statement() {
    let n = |id: i64, n: &str, delta: Option<&str>| {
        let mut update = change(0, ChangeKind::Update, &[id], vec![(1, Value::Text(n.into()))]);
        update.columns[0].delta = delta.map(|delta| Value::Text(delta.into()));
        update
    };
    let commits = vec![
        vec![n(1, "2.5", Some("0.5")), n(2, "7", Some("1"))],
        vec![n(1, "4.5", Some("2")), create(3), n(3, "9", None)],
    ];
    let work = net(&two_fields(), commits);
    assert_eq!(
        work["statements"],
        json!([
            {
                "sql": "UPDATE \"shop\".\"it\"\"ems\" AS t SET \"c_n\" = t.\"c_n\" + x.c1::numeric \
                        FROM unnest($1::text::text[], $2::text::text[], $3::text::text[]) AS x(c0, c1, c2) \
                        WHERE t.\"c_id\" = x.c0::integer RETURNING x.c2 AS i, trim_scale(t.\"c_n\"::numeric)::text AS r0",
                "params": ["{1,2}", "{2.5,1}", "{0,1}"],
                "expect": 2, "model": "Item", "kind": "update", "first": 5, "last": 6, "select": null,
                "returning": {"fields": ["n"], "rows": [
                    {"row": {"model": "Item", "link": false, "key": {"id": 1}, "where": {"id": 1}}, "local": ["4.5"], "last": 6, "stale": []},
                    {"row": {"model": "Item", "link": false, "key": {"id": 2}, "where": {"id": 2}}, "local": ["7"], "last": 5, "stale": []},
                ]}
            },
            {
                "sql": "INSERT INTO \"shop\".\"it\"\"ems\" (\"c_id\", \"c_n\") OVERRIDING SYSTEM VALUE \
                        SELECT x.c0::integer, x.c1::numeric FROM (VALUES ($1::text, $2::text)) AS x(c0, c1)",
                "params": ["3", "9"],
                "expect": 1, "model": "Item", "kind": "create", "first": 6, "last": 6, "returning": null, "select": null
            },
        ])
    );
    assert_eq!(work["coalesced"], true);
}

#[test]
fn a_result_that_is_written_again_is_stale() {
    let mut added = change(0, ChangeKind::Update, &[1], vec![(1, Value::Text("2.5".into()))]);
    added.columns[0].delta = Some(Value::Text("0.5".into()));
    let set = change(0, ChangeKind::Update, &[1], vec![(1, Value::Text("9".into()))]);
    let work = work(&two_fields(), vec![vec![added, set]]);
    assert_eq!(work["statements"][0]["returning"]["rows"][0]["stale"], json!(["n"]));
}

#[test]
fn rows_of_a_compound_key_go_by_all_its_fields() {
    let fields = ["a", "b"].map(|name| field(name, "Int", false, &json!(null)));
    let schema = schema(&fields, &["a", "b"]);
    let delete = |b| change(0, ChangeKind::Delete, &[1, b], vec![]);
    let work = net(&schema, vec![vec![delete(1), delete(2)]]);
    assert_eq!(
        work["statements"][0]["sql"],
        "DELETE FROM \"shop\".\"it\"\"ems\" AS t USING unnest($1::text::text[], $2::text::text[]) AS x(c0, c1) \
         WHERE t.\"c_a\" = x.c0::integer AND t.\"c_b\" = x.c1::integer"
    );
}

#[test]
fn arrays_quote_what_the_server_would_read_otherwise() {
    let text = |text: &str| vec![(1, Value::Text(text.into()))];
    let schema = schema(
        &[field("id", "Int", false, &json!(null)), field("t", "String", false, &json!(null))],
        &["id"],
    );
    let texts = ["", "NULL", "a b", "a,b", "{x}", "q\"\\", "é", "plain-1_2.3:4+5"];
    let updates = (1..).zip(texts).map(|(id, one)| change(0, ChangeKind::Update, &[id], text(one)));
    let null = change(0, ChangeKind::Update, &[99], vec![(1, Value::Null)]);
    let work = net(&schema, vec![updates.chain([null]).collect()]);
    assert_eq!(
        work["statements"][0]["params"][1],
        r#"{"","NULL","a b","a,b","{x}","q\"\\","é",plain-1_2.3:4+5,NULL}"#
    );
}

#[test]
fn links_are_idempotent() {
    let link = change(1, ChangeKind::Create, &[1, 2], vec![(0, Value::Int(1)), (1, Value::Int(2))]);
    let unlink = change(1, ChangeKind::Delete, &[1, 2], vec![]);
    let work = work(&two_fields(), vec![vec![link, unlink]]);
    assert!(
        work["statements"][0]["sql"]
            .as_str()
            .unwrap()
            .ends_with("AS x(c0, c1) ON CONFLICT DO NOTHING")
    );
    assert_eq!(
        work["statements"][1]["sql"],
        "DELETE FROM \"_Tag\" WHERE \"A\" = $1::text::integer AND \"B\" = $2::text::integer"
    );
    assert!(
        work["statements"]
            .as_array()
            .unwrap()
            .iter()
            .all(|statement| statement["expect"].is_null())
    );
    assert_eq!(work["single"]["rows"][0]["link"], true);
}

#[test]
fn every_scalar_has_its_cast_and_text() {
    let none = || json!(null);
    let db = |name: &str| json!([name, []]);
    let text = |text: &str| Value::Text(text.into());
    let at = Value::Int(1_234_567_890_123);
    let cases = [
        ("Int", none(), Value::Int(-7), "::integer", "-7"),
        ("Int", db("SmallInt"), Value::Int(7), "::smallint", "7"),
        ("Int", db("Oid"), Value::Int(7), "::oid", "7"),
        ("BigInt", none(), Value::Int(i64::MIN), "::bigint", "-9223372036854775808"),
        ("Float", none(), Value::Real(-0.0), "::double precision", "-0e0"),
        ("Float", none(), Value::Real(f64::NEG_INFINITY), "::double precision", "-Infinity"),
        ("Float", db("Real"), text("NaN"), "::real", "NaN"),
        ("Float", none(), Value::Real(1e-7), "::double precision", "1e-7"),
        ("Decimal", json!(["Decimal", ["10", "2"]]), text("1.005"), "::numeric", "1.005"),
        ("Decimal", db("Money"), text("1.5"), "::numeric::money", "1.5"),
        ("String", json!(["VarChar", ["3"]]), text("a'\\"), "::text", "a'\\"),
        ("String", json!(["Char", ["3"]]), text("a"), "::bpchar", "a"),
        ("String", db("Uuid"), text("u"), "::uuid", "u"),
        ("String", db("Citext"), text("u"), "::citext", "u"),
        ("String", db("Xml"), text("<a/>"), "::xml", "<a/>"),
        ("String", db("Inet"), text("::1"), "::inet", "::1"),
        ("String", json!(["Bit", ["3"]]), text("101"), "::varbit", "101"),
        ("Boolean", none(), Value::Int(1), "::boolean", "true"),
        ("DateTime", none(), at.clone(), "::timestamp", "2009-02-13 23:31:30.123"),
        (
            "DateTime",
            none(),
            Value::Int(-62_198_755_200_000),
            "::timestamp",
            "0002-01-01 00:00:00.000 BC",
        ),
        (
            "DateTime",
            json!(["Timestamptz", ["6"]]),
            at.clone(),
            "::timestamptz",
            "2009-02-13 23:31:30.123+00",
        ),
        ("DateTime", db("Date"), at.clone(), "::date", "2009-02-13"),
        ("DateTime", json!(["Time", ["3"]]), at.clone(), "::time", "23:31:30.123"),
        ("DateTime", json!(["Timetz", ["3"]]), at, "::timetz", "23:31:30.123+00"),
        ("Bytes", none(), Value::Blob(vec![0, 255]), "::bytea", "\\x00ff"),
        ("Json", none(), text("null"), "::jsonb", "null"),
        ("Json", db("Json"), text("{\"a\": 1}"), "::json", "{\"a\": 1}"),
        ("Role", none(), text("USER"), "::\"auth\".\"role\"\"t\"", "user"),
    ];
    for (kind, native, value, cast, expected) in cases {
        assert_eq!(
            one(kind, false, &native, value),
            (cast.to_owned(), json!(expected)),
            "{kind} {native}"
        );
        assert_eq!(
            one(kind, false, &native, Value::Null),
            (cast.to_owned(), none()),
            "{kind} {native} null"
        );
    }
}

#[test]
fn lists_are_array_literals() {
    let cases = [
        ("Int", "[1,-2]", "::integer[]", r#"{"1","-2"}"#),
        ("BigInt", "[9223372036854775807]", "::bigint[]", r#"{"9223372036854775807"}"#),
        ("Float", r#"[1e-7,"NaN"]"#, "::double precision[]", r#"{"1e-7","NaN"}"#),
        ("Decimal", r#"["1.50"]"#, "::numeric[]", r#"{"1.50"}"#),
        ("String", r#"["a\"b,{\\","null","é"]"#, "::text[]", r#"{"a\"b,{\\","null","é"}"#),
        ("Boolean", "[true,false]", "::boolean[]", r#"{"true","false"}"#),
        ("DateTime", "[0]", "::timestamp[]", r#"{"1970-01-01 00:00:00.000"}"#),
        ("Bytes", r#"["00ff"]"#, "::bytea[]", r#"{"\\x00ff"}"#),
        ("Json", r#"[{"a":[1,"],"]},null]"#, "::jsonb[]", r#"{"{\"a\":[1,\"],\"]}","null"}"#),
        ("Role", r#"["USER"]"#, "::\"auth\".\"role\"\"t\"[]", r#"{"user"}"#),
        ("Int", "[]", "::integer[]", "{}"),
    ];
    for (kind, stored, cast, expected) in cases {
        let value = Value::Text(stored.to_owned());
        assert_eq!(
            one(kind, true, &json!(null), value),
            (cast.to_owned(), json!(expected)),
            "{kind} {stored}"
        );
    }
    assert_eq!(one("Int", true, &json!(null), Value::Null).1, json!(null));
}
