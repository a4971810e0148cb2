//! Questions that a meeting type asks its guests, and what they answer (B1).

mod check;
mod declared;
#[cfg(test)]
mod tests;

pub use check::check;
pub(crate) use declared::broken_rules;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::text::{Label, Name, QuestionId};

/// Questions of one meeting type at most.
pub const MAX_QUESTIONS: usize = 30;
/// Options of one question at most.
pub const MAX_OPTIONS: usize = 50;

/// What kind of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionType {
    /// A line of up to 1,000 characters.
    Text,
    /// Up to 5,000 characters, line breaks allowed.
    Textarea,
    /// One of the options, chosen from a list.
    Select,
    /// Any of the options.
    Multiselect,
    /// One of the options, all of them in sight.
    Radio,
    /// Yes or no; where it is required, yes.
    Checkbox,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// An absolute `http` or `https` address.
    Url,
}

impl QuestionType {
    /// Whether the answer is chosen among options.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::Multiselect | Self::Radio)
    }
}

/// A question to guests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What answers name it by; unique within the meeting type.
    pub id: QuestionId,
    /// What guests read.
    pub label: Label,
    /// What kind of answer it takes.
    #[serde(rename = "type")]
    pub question_type: QuestionType,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Name>,
}

/// What was answered, as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnswerValue {
    /// Of a checkbox.
    Flag(bool),
    /// Of a number.
    Number(Number),
    /// Of everything that is typed, and of one option.
    Text(String),
    /// Of several options.
    Choices(Vec<String>),
}

/// A guest's answer to a question. Personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which question.
    pub question_id: QuestionId,
    /// What they say.
    pub value: AnswerValue,
}
