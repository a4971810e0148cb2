//! Whether answers answer the questions.

use super::{Answer, AnswerValue, MAX_QUESTIONS, Question, QuestionType};
use crate::meeting_type::BrokenRule;
use crate::text::{HttpUrl, bounded};

/// Every rule that the answers break, by `answers` or `answers.<question_id>`; none if they can be taken.
pub fn check(questions: &[Question], answers: &[Answer]) -> Vec<BrokenRule> {
    if answers.len() > MAX_QUESTIONS {
        return vec![BrokenRule::new("answers", format!("must have at most {MAX_QUESTIONS} entries"))];
    }
    let about = |id: &dyn std::fmt::Display, rule: String| BrokenRule::new(format!("answers.{id}"), rule);
    let mut broken = Vec::new();
    for (place, answer) in answers.iter().enumerate() {
        let id = &answer.question_id;
        if answers[..place].iter().any(|other| other.question_id == *id) {
            broken.push(about(id, "must be answered once".to_owned()));
        } else if !questions.iter().any(|question| question.id == *id) {
            broken.push(about(id, "must be the answer to one of the questions".to_owned()));
        }
    }
    for question in questions {
        let answer = answers.iter().find(|answer| answer.question_id == question.id);
        broken.extend(question.rule_broken_by(answer).map(|rule| about(&question.id, rule)));
    }
    broken
}

impl Question {
    fn rule_broken_by(&self, answer: Option<&Answer>) -> Option<String> {
        match answer.map(|answer| &answer.value).filter(|value| !value.says_nothing()) {
            Some(value) => self.rule_broken_by_value(value).err(),
            None => self.required.then(|| "must be answered".to_owned()),
        }
    }

    fn rule_broken_by_value(&self, value: &AnswerValue) -> Result<(), String> {
        use AnswerValue as A;
        use QuestionType as Q;
        let must = |kept: bool, rule: &str| if kept { Ok(()) } else { Err(format!("must {rule}")) };
        let offered = |choice: &String| self.options.iter().any(|option| option.as_str() == choice);
        match (self.question_type, value) {
            (Q::Text, A::Text(text)) => typed(text, 1_000, false),
            (Q::Textarea, A::Text(text)) => typed(text, 5_000, true),
            (Q::Phone, A::Text(text)) => must(is_phone_number(text), "be a telephone number such as +49 30 123456"),
            (Q::Url, A::Text(text)) => HttpUrl::parse(text).map(drop).map_err(|refused| refused.to_string()),
            (Q::Number, A::Number(_)) => Ok(()),
            (Q::Checkbox, A::Flag(ticked)) => must(*ticked || !self.required, "be ticked"),
            (Q::Select | Q::Radio, A::Text(choice)) => must(offered(choice), "be one of the options"),
            (Q::Multiselect, A::Choices(choices)) => {
                must(choices.iter().all(offered), "be some of the options")?;
                let repeated = |(place, choice)| choices[..place].contains(choice);
                must(!choices.iter().enumerate().any(repeated), "not name an option twice")
            }
            (Q::Number, _) => must(false, "be a number"),
            (Q::Checkbox, _) => must(false, "be true or false"),
            (Q::Multiselect, _) => must(false, "be a list of options"),
            _ => must(false, "be a text"),
        }
    }
}

impl AnswerValue {
    /// Whether a form was sent with the field left empty.
    fn says_nothing(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Choices(choices) => choices.is_empty(),
            Self::Flag(_) | Self::Number(_) => false,
        }
    }
}

fn typed(text: &str, most: usize, lines: bool) -> Result<(), String> {
    bounded(text, most, lines).map(drop).map_err(|refused| refused.to_string())
}

/// Digits as people group them, with a plus in front at most.
fn is_phone_number(text: &str) -> bool {
    let number = text.trim();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let rest = number.strip_prefix('+').unwrap_or(number);
    number.len() <= 32 && (3..=15).contains(&digits) && rest.chars().all(|c| c.is_ascii_digit() || " -./()".contains(c))
}
