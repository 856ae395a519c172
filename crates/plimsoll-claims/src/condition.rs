//! Conditions in the Common Expression Language, over `value`, `n_obs` and the days since the value's session.

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A checked condition: it is true or false for every value.
pub struct Condition {
    text: String,
    program: Program,
    threshold: Option<f64>,
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Condition({})", self.text)
    }
}

impl Condition {
    /// Compiles a condition; the error says what is wrong with it.
    pub fn compile(text: &str) -> Result<Condition, String> {
        let program = ENV.compile(text).map_err(|e| e.to_string())?;
        let condition = Condition { text: text.to_owned(), program, threshold: threshold(text) };
        let known = ["value", "n_obs"];
        if let Some(other) = condition.program.references().variables().into_iter().find(|v| !known.contains(v)) {
            return Err(format!("unknown name `{other}`: a condition may use `value` and `n_obs`"));
        }
        // A condition must come out true or false; two trial values find most that would not.
        for value in [0.25, -3.5] {
            condition.test(value, 100)?;
        }
        Ok(condition)
    }
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The number that `value` is compared with, where the condition is one plain comparison.
    pub fn threshold(&self) -> Option<f64> {
        self.threshold
    }
    /// Whether it holds.
    pub fn test(&self, value: f64, n_obs: u32) -> Result<bool, String> {
        let mut context = Context::with_env(ENV.clone());
        context.add_variable_from_value("value", value);
        context.add_variable_from_value("n_obs", i64::from(n_obs));
        match self.program.execute(&context) {
            Ok(Value::Bool(b)) => Ok(b),
            Ok(other) => Err(format!("expected true or false, got a {}", other.type_of())),
            Err(e) => Err(e.to_string()),
        }
    }
}

fn threshold(text: &str) -> Option<f64> {
    let rest = text.trim().strip_prefix("value")?.trim_start();
    let number = ["<=", ">=", "<", ">"].iter().find_map(|op| rest.strip_prefix(op))?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_across_whole_and_decimal_numbers() {
        for (text, at, expected) in [
            ("value >= 0.5", 0.5, true),
            ("value >= 0.5", 0.4999, false),
            ("value > 0", 0.1, true),
            ("value < -2", -2.5, true),
            ("value >= 0.25 && n_obs > 50", 0.3, true),
            ("value < 1 || value > 3", 2.0, false),
        ] {
            assert_eq!(Condition::compile(text).unwrap().test(at, 100).unwrap(), expected, "{text}");
        }
        assert_eq!(Condition::compile("value >= -0.2").unwrap().threshold(), Some(-0.2));
        assert_eq!(Condition::compile("value > 0 && value < 1").unwrap().threshold(), None);
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for text in ["value >=", "value + 1", "valu > 0.5", "value >= 'x'", ""] {
            assert!(Condition::compile(text).is_err(), "{text}");
        }
        assert!(Condition::compile("valu > 0.5").unwrap_err().contains("valu"));
    }
}
