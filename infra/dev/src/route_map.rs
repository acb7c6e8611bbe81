//! Generates the table of routes in `infra/docs/routes.md` from the OpenAPI document.

use serde_json::Value;

/// Puts a text into one table cell: line breaks would end the row.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The table as Markdown: method and path, summary, access, function.
#[must_use]
pub fn markdown() -> String {
    let document: Value = serde_json::from_str(&crate::openapi::document()).unwrap_or_default();
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
            let row = format!(
                "| `{} {path}` | {} | {} | `functions/{tag}` |\n",
                method.to_uppercase(),
                cell(text("summary")).trim_end_matches('.'),
                text("x-access"),
            );
            rows.push((tag.to_owned(), path.clone(), row));
        }
    }
    rows.sort();
    let head = "| Route | What | Who | Where |\n|---|---|---|---|\n".to_owned();
    rows.into_iter().fold(head, |table, (_, _, row)| table + &row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row_of_four_cells() {
        let table = markdown();
        assert!(table.lines().count() > 50);
        for line in table.lines() {
            assert!(line.starts_with("| ") || line.starts_with("|---"), "{line}");
            assert_eq!(line.replace("\\|", "").matches('|').count(), 5, "{line}");
        }
    }
}
