//! Which questions a meeting type may ask.

use super::{MAX_OPTIONS, MAX_QUESTIONS, Question};
use crate::meeting_type::BrokenRule;

/// Every rule that a list of questions breaks, by `questions` or `questions.<id>`.
pub(crate) fn broken_rules(questions: &[Question]) -> Vec<BrokenRule> {
    if questions.len() > MAX_QUESTIONS {
        return vec![BrokenRule::new("questions", format!("must have at most {MAX_QUESTIONS} entries"))];
    }
    let mut broken = Vec::new();
    for (place, question) in questions.iter().enumerate() {
        let repeated = questions[..place].iter().any(|other| other.id == question.id);
        if let Some(rule) = if repeated { Some("must have an id of its own") } else { rule_of_options(question) } {
            broken.push(BrokenRule::new(format!("questions.{}", question.id), rule));
        }
    }
    broken
}

fn rule_of_options(question: &Question) -> Option<&'static str> {
    const _: () = assert!(MAX_OPTIONS == 50, "the rule says so");
    let options = &question.options;
    match question.question_type.has_options() {
        false => (!options.is_empty()).then_some("must not have options, which are for select, multiselect and radio"),
        true if options.is_empty() => Some("must have options"),
        true if options.len() > MAX_OPTIONS => Some("must have at most 50 options"),
        true => {
            let repeated = |(place, option)| options[..place].contains(option);
            options.iter().enumerate().any(repeated).then_some("must not have the same option twice")
        }
    }
}
