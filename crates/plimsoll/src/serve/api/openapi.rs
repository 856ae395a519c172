//! The OpenAPI document, made from the table of resources.

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::{RESOURCES, Resource, TABLES};
use crate::serve::news::Item;
use crate::serve::problem::Problem;
use crate::serve::table::{FURTHEST, LIMIT, MOST};

fn as_of() -> Value {
    json!({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "enum": ["latest"]}]})
}

/// Schema and meaning of a parameter.
fn parameter(resource: &Resource, name: &str) -> (Value, &'static str) {
    let whole = |min: u64, max: u64, default: u64| json!({"type": "integer", "minimum": min, "maximum": max, "default": default});
    let number = |min: f64, max: f64, default: f64| json!({"type": "number", "minimum": min, "maximum": max, "default": default});
    match (name, resource.path) {
        ("as_of", _) => {
            (as_of(), "As known at the end of this day in New York, or `latest`; a moment as RFC 3339 is read as well")
        }
        ("format", _) => {
            (json!({"type": "string", "enum": ["json", "csv", "parquet", "arrow"], "default": "json"}), "The form of the rows")
        }
        ("limit", _) => (whole(1, MOST as u64, LIMIT as u64), "Rows at most"),
        ("offset", _) => (whole(0, FURTHEST as u64, 0), "Rows passed over"),
        ("from", _) => (json!({"type": "string", "format": "date"}), "The first session; a year before `as_of` unless given"),
        ("since", _) => (json!({"type": "string", "format": "date"}), "An earlier day to compare with"),
        ("claim", _) => (json!({"type": "string", "pattern": "^[a-z0-9-]{1,100}$"}), "One claim, by its id"),
        ("with", _) => (
            json!({"type": "array", "items": {"type": "string", "pattern": "^[a-z_]{1,30}=[!-~][ -~]{0,150}$"}, "maxItems": 20}),
            "A parameter of the measure as KEY=VALUE; may come often",
        ),
        ("first", _) => (whole(1, 13, 4), "The quarter of the first cut, 1 the next; 13 is never"),
        ("depth", _) => (number(0.0, 500.0, 100.0), "Cuts in all, basis points, 50 a quarter"),
        ("spread", _) => (number(0.25, 4.0, 1.0), "Spreads, times those of the day"),
        ("growth", _) => (number(-50.0, 50.0, 0.0), "Growth of cash flow, per cent a year"),
        ("universe", _) => (
            json!({"type": "string", "pattern": "^[!-~][ -~]{0,150}$", "default": "small"}),
            "A name of the thesis, a list, or a rule such as rank:1001-3000",
        ),
        ("ladder", _) => (
            json!({"type": "string", "enum": ["balance-sheet", "stated"], "default": "balance-sheet"}),
            "Issuers without a stated ladder: by the balance sheet, or left out",
        ),
        ("q", _) => (json!({"type": "string", "pattern": "^[ -~\u{a1}-\u{d7ff}]{0,100}$"}), "What is searched for"),
        ("table", _) => (json!({"type": "string", "enum": TABLES, "default": "figures"}), "Which table"),
        _ => (json!({"type": "string"}), ""),
    }
}

/// The parameters that a resource takes, in order.
pub fn takes(resource: &Resource) -> Vec<&'static str> {
    let dated = resource.dated.then_some("as_of");
    let rows: &[&str] = if resource.rows { &["format", "limit", "offset"] } else { &[] };
    dated.into_iter().chain(resource.takes.iter().copied()).chain(rows.iter().copied()).collect()
}

fn problem(text: &str) -> Value {
    json!({"description": text, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}})
}

/// What every request may meet.
fn problems() -> Map<String, Value> {
    [
        ("400", "The request cannot be read: what was expected, and what came"),
        ("403", "Not for this host, or read-only"),
        ("404", "Nothing of that name, or nothing known on that day"),
        ("405", "Another method"),
        ("414", "The address is too long"),
        ("503", "Too much is being computed; `Retry-After` says when to come back"),
        ("504", "The computation took too long"),
    ]
    .into_iter()
    .map(|(code, text)| (code.to_owned(), problem(text)))
    .collect()
}

fn operation(r: &Resource) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    if r.path.contains("{name}") {
        parameters.push(json!({
            "name": "name", "in": "path", "required": true, "description": "Its name",
            "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9:._-]*$"},
        }));
    }
    for name in takes(r) {
        let (schema, says) = parameter(r, name);
        parameters.push(json!({"name": name, "in": "query", "required": name == "as_of", "description": says, "schema": schema}));
    }
    let ok = if r.rows {
        let bytes = json!({"schema": {"type": "string", "format": "binary"}});
        json!({
            "description": "The rows",
            "headers": {
                "ETag": {"schema": {"type": "string"}},
                "X-Total-Count": {"description": "Rows in all", "schema": {"type": "integer", "minimum": 0}},
            },
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Rows"}},
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.apache.parquet": bytes,
                "application/vnd.apache.arrow.file": bytes,
            },
        })
    } else {
        json!({"description": "The document", "content": {"application/json": {"schema": {"type": "object", "required": ["format", "edition_hash", "claims", "sections"]}}}})
    };
    let mut responses = problems();
    responses.insert("200".into(), ok);
    responses.insert("304".into(), json!({"description": "The reader has it already"}));
    let id = r.path.trim_matches('/').replace(['/', '{', '}'], "-").replace("--", "-");
    json!({"operationId": id.trim_matches('-'), "summary": r.says, "parameters": parameters, "responses": responses})
}

/// The rows of a table as JSON.
fn rows() -> Value {
    json!({
        "type": "object",
        "required": ["resource", "as_of", "about", "columns", "total", "offset", "limit", "next", "rows"],
        "additionalProperties": false,
        "properties": {
            "resource": {"type": "string"},
            "as_of": {"type": ["string", "null"]},
            "about": {"type": "object", "description": "Figures and words beside the rows"},
            "columns": {"type": "array", "items": {
                "type": "object", "required": ["name", "type"], "additionalProperties": false,
                "properties": {
                    "name": {"type": "string"},
                    "type": {"type": "string", "enum": ["text", "number", "integer", "day"]},
                    "unit": {"type": "string"},
                },
            }},
            "total": {"type": "integer", "minimum": 0},
            "offset": {"type": "integer", "minimum": 0},
            "limit": {"type": "integer", "minimum": 1},
            "next": {"type": ["string", "null"], "description": "The address of the next rows"},
            "rows": {"type": "array", "items": {"type": "object"}},
        },
    })
}

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> =
        RESOURCES.iter().map(|r| (format!("/api/v1{}", r.path), json!({"get": operation(r)}))).collect();
    let mut posted = problems();
    for (code, text) in [
        ("401", "The token is missing or wrong"),
        ("413", "The body is too large"),
        ("415", "The body is not JSON"),
        ("422", "The body is not news"),
    ] {
        posted.insert(code.into(), problem(text));
    }
    posted.insert(
        "201".into(),
        json!({"description": "It was told", "content": {"application/json": {"schema": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}},
        }}}}),
    );
    let mut heard = problems();
    heard.insert("200".into(), json!({"description": "Server-sent events named `news`, each an item as JSON; `Last-Event-ID` asks for what was missed", "content": {"text/event-stream": {"schema": {"type": "string"}}}}));
    paths.insert(
        "/api/v1/news".into(),
        json!({
            "get": {"operationId": "news", "summary": "News as server-sent events", "responses": heard},
            "post": {
                "operationId": "tell", "summary": "Tells everyone who listens; needs the token", "security": [{"token": []}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                "responses": posted,
            },
        }),
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plimsoll",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What was known of a market on a day. Numbers are decimals in the unit of their column; what is missing is null.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": {Problem::name(): Problem::schema(), Item::name(): Item::schema(), "Rows": rows()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_one_and_names_every_parameter() {
        let document = document();
        let read: utoipa::openapi::OpenApi = serde_json::from_value(document.clone()).expect("an OpenAPI document");
        assert_eq!(read.paths.paths.len(), RESOURCES.len() + 1);
        for r in RESOURCES {
            for name in takes(r) {
                assert!(!parameter(r, name).1.is_empty(), "{} {name}", r.path);
            }
        }
        let text = document.to_string();
        for name in ["Problem", "Item", "Rows"] {
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
            assert!(text.contains(&format!("#/components/schemas/{name}")));
        }
    }
}
