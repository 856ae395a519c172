//! Conditions over the signals of a strategy, in the Common Expression Language.

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program, Value};
use plimsoll_measures::nearest;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A comparison of one signal with a number: most conditions are that, and are not worth an interpreter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    fn test(self, a: f64, b: f64) -> bool {
        match self {
            Relation::Less => a < b,
            Relation::LessOrEqual => a <= b,
            Relation::Greater => a > b,
            Relation::GreaterOrEqual => a >= b,
        }
    }
}

/// A checked condition over named signals.
pub struct When {
    text: String,
    /// Positions of the signals that it reads, ascending.
    reads: Vec<usize>,
    /// (signal, relation, number), where the condition is one plain comparison.
    plain: Option<(usize, Relation, f64)>,
    program: Program,
    names: Vec<String>,
}

impl std::fmt::Debug for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "When({})", self.text)
    }
}

impl When {
    /// Compiles a condition over the signals `names`; the error says what is wrong with it.
    pub fn compile(text: &str, names: &[String]) -> Result<When, String> {
        let program = ENV.compile(text).map_err(|e| e.to_string())?;
        let mut reads = Vec::new();
        for variable in program.references().variables() {
            match names.iter().position(|n| n == variable) {
                Some(i) => reads.push(i),
                None => {
                    let near = nearest(variable, names.iter().map(String::as_str));
                    let hint = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
                    return Err(format!("unknown name `{variable}`: the signals are {}{hint}", names.join(", ")));
                }
            }
        }
        if reads.is_empty() {
            return Err("a condition must use at least one signal; a rule without `when` always applies".into());
        }
        reads.sort_unstable();
        reads.dedup();
        let when = When { text: text.to_owned(), plain: plain(text, names), reads, program, names: names.to_vec() };
        // A condition must come out true or false; two trial values find most that would not.
        for value in [0.25, -3.5] {
            when.interpret(&vec![value; names.len()])?;
        }
        Ok(when)
    }
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// Positions of the signals that it reads.
    pub fn reads(&self) -> &[usize] {
        &self.reads
    }
    /// Whether it is met; every signal that it reads must be finite.
    pub fn test(&self, values: &[f64]) -> Result<bool, String> {
        match self.plain {
            Some((i, relation, number)) => Ok(relation.test(values[i], number)),
            None => self.interpret(values),
        }
    }
    fn interpret(&self, values: &[f64]) -> Result<bool, String> {
        let mut context = Context::with_env(ENV.clone());
        for &i in &self.reads {
            context.add_variable_from_value(self.names[i].as_str(), values[i]);
        }
        match self.program.execute(&context) {
            Ok(Value::Bool(b)) => Ok(b),
            Ok(other) => Err(format!("expected true or false, got a {}", other.type_of())),
            Err(e) => Err(e.to_string()),
        }
    }
}

fn plain(text: &str, names: &[String]) -> Option<(usize, Relation, f64)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let signal = names.iter().position(|n| n == &text[..end])?;
    let rest = text[end..].trim_start();
    let (relation, rest) =
        [("<=", Relation::LessOrEqual), (">=", Relation::GreaterOrEqual), ("<", Relation::Less), (">", Relation::Greater)]
            .into_iter()
            .find_map(|(sign, relation)| Some((relation, rest.strip_prefix(sign)?)))?;
    Some((signal, relation, rest.trim().parse().ok().filter(|x: &f64| x.is_finite())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["trend".into(), "credit".into()]
    }

    #[test]
    fn plain_comparisons_and_the_interpreter_agree() {
        for text in ["trend > 0", "trend>=0.5", "credit < -1", " credit <= 2.5 "] {
            let when = When::compile(text, &names()).unwrap();
            assert!(when.plain.is_some(), "{text}");
            for a in [-2.0, -1.0, 0.0, 0.5, 1.0, 2.5, 3.0] {
                assert_eq!(when.test(&[a, a]).unwrap(), when.interpret(&[a, a]).unwrap(), "{text} at {a}");
            }
        }
    }

    #[test]
    fn several_signals_in_one_condition() {
        let when = When::compile("trend > 0 && credit < 0.5", &names()).unwrap();
        assert_eq!(when.reads(), [0, 1]);
        assert!(when.test(&[1.0, 0.0]).unwrap() && !when.test(&[1.0, 0.5]).unwrap() && !when.test(&[0.0, 0.0]).unwrap());
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for text in ["trend >", "trend + 1.0", "", "1 < 2"] {
            assert!(When::compile(text, &names()).is_err(), "{text}");
        }
        assert!(When::compile("trendd > 0", &names()).unwrap_err().contains("did you mean `trend`"));
    }
}
