/// The result: a row for each figure, a column for each server, and how each compares with the first column.
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

enum Row {
    Heading(String),
    Figures { name: String, digits: usize, values: Vec<Option<f64>> },
}

impl Table {
    /// An empty table.
    pub fn new(columns: Vec<&'static str>) -> Self {
        Self { columns, rows: Vec::new(), notes: Vec::new() }
    }

    /// A line under the table.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Begins a part of the table.
    pub fn heading(&mut self, text: &str) {
        eprintln!("{text}");
        self.rows.push(Row::Heading(text.to_owned()));
    }

    /// Sets one server's figure. Rows keep the order in which they were first set.
    pub fn set(&mut self, column: usize, name: &str, digits: usize, value: f64) {
        eprintln!("  {:16} {name}: {value:.digits$}", self.columns[column]);
        let begin = self.rows.iter().rposition(|row| matches!(row, Row::Heading(_))).unwrap_or(0);
        let known = self.rows[begin..].iter_mut().find_map(|row| match row {
            Row::Figures { name: known, values, .. } if known == name => Some(values),
            _ => None,
        });
        match known {
            Some(values) => values[column] = Some(value),
            None => {
                let mut values = vec![None; self.columns.len()];
                values[column] = Some(value);
                self.rows.push(Row::Figures { name: name.to_owned(), digits, values });
            }
        }
    }

    /// The table as markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| what |");
        for column in &self.columns {
            out.push_str(&format!(" {column} |"));
        }
        out.push_str(&format!("\n|---|{}\n", "---|".repeat(self.columns.len())));
        for row in &self.rows {
            match row {
                Row::Heading(text) => out.push_str(&format!("| **{text}** |{}\n", "  |".repeat(self.columns.len()))),
                Row::Figures { name, digits, values } => {
                    out.push_str(&format!("| {name} |"));
                    for value in values {
                        match value {
                            Some(value) if value.is_finite() => out.push_str(&format!(" {value:.digits$} |")),
                            _ => out.push_str(" - |"),
                        }
                    }
                    out.push('\n');
                }
            }
        }
        for note in &self.notes {
            out.push_str(&format!("\n{note}\n"));
        }
        out
    }
}
