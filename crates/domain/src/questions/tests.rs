use serde_json::{Value, json};

use super::{Answer, Question, check};

/// One question of each type, by its type's name; options are `red` and `green`.
fn question(question_type: &str, required: bool) -> Question {
    let options =
        if matches!(question_type, "select" | "multiselect" | "radio") { json!(["red", "green"]) } else { json!([]) };
    let question =
        json!({ "id": "q", "label": "Which?", "type": question_type, "required": required, "options": options });
    serde_json::from_value(question).expect("a question")
}

fn answers(values: &[(&str, Value)]) -> Vec<Answer> {
    let answer = |(id, value): &(&str, Value)| json!({ "question_id": id, "value": value });
    values.iter().map(|each| serde_json::from_value(answer(each)).expect("an answer")).collect()
}

fn broken(question: &Question, value: Value) -> Vec<String> {
    let rules = check(std::slice::from_ref(question), &answers(&[("q", value)]));
    rules.into_iter().map(|rule| format!("{} {}", rule.field, rule.rule)).collect()
}

const TYPES: [&str; 9] = ["text", "textarea", "select", "multiselect", "radio", "checkbox", "phone", "number", "url"];

#[test]
fn every_type_takes_its_answers() {
    for (question_type, value) in [
        ("text", json!("Ada Lovelace")),
        ("text", json!("x".repeat(1_000))),
        ("textarea", json!("one\ntwo")),
        ("select", json!("red")),
        ("radio", json!("green")),
        ("multiselect", json!(["green", "red"])),
        ("checkbox", json!(true)),
        ("phone", json!("+49 (30) 123-456")),
        ("number", json!(-1.5)),
        ("url", json!("https://example.org/a?b=c")),
    ] {
        assert_eq!(broken(&question(question_type, true), value), [""; 0], "{question_type}");
    }
}

#[test]
fn every_type_names_the_rule_that_an_answer_breaks() {
    for (question_type, value, rule) in [
        ("text", json!("a\nb"), "must not contain control characters"),
        ("text", json!("x".repeat(1_001)), "must have at most 1000 characters"),
        ("text", json!(7), "must be a text"),
        ("textarea", json!("x".repeat(5_001)), "must have at most 5000 characters"),
        ("textarea", json!("a\u{0}b"), "must not contain control characters"),
        ("select", json!("blue"), "must be one of the options"),
        ("select", json!(["red"]), "must be a text"),
        ("radio", json!("Red"), "must be one of the options"),
        ("multiselect", json!(["red", "blue"]), "must be some of the options"),
        ("multiselect", json!(["red", "red"]), "must not name an option twice"),
        ("multiselect", json!("red"), "must be a list of options"),
        ("checkbox", json!("yes"), "must be true or false"),
        ("phone", json!("call me"), "must be a telephone number such as +49 30 123456"),
        ("phone", json!("12"), "must be a telephone number such as +49 30 123456"),
        ("number", json!("7"), "must be a number"),
        ("url", json!("javascript:alert(1)"), "must be an absolute http or https address"),
    ] {
        assert_eq!(broken(&question(question_type, false), value), [format!("answers.q {rule}")], "{question_type}");
    }
}

#[test]
fn a_required_question_must_be_answered_and_a_required_box_ticked() {
    for question_type in TYPES {
        let required = question(question_type, true);
        assert_eq!(check(std::slice::from_ref(&required), &[])[0].rule, "must be answered", "{question_type}");
        assert_eq!(check(&[question(question_type, false)], &[]), []);
    }
    assert_eq!(broken(&question("text", true), json!("  ")), ["answers.q must be answered"]);
    assert_eq!(broken(&question("multiselect", true), json!([])), ["answers.q must be answered"]);
    assert_eq!(broken(&question("checkbox", true), json!(false)), ["answers.q must be ticked"]);
    assert_eq!(broken(&question("checkbox", false), json!(false)), [""; 0]);
    assert_eq!(broken(&question("select", false), json!("")), [""; 0]);
}

#[test]
fn answers_to_no_question_and_double_answers_are_named() {
    let rules = check(&[question("text", false)], &answers(&[("q", json!("a")), ("q", json!("b")), ("r", json!("c"))]));
    let fields: Vec<_> = rules.iter().map(|rule| (rule.field.as_ref(), rule.rule.as_ref())).collect();
    let expected =
        [("answers.q", "must be answered once"), ("answers.r", "must be the answer to one of the questions")];
    assert_eq!(fields, expected);
    let many: Vec<_> = (0..31).map(|_| ("q", json!("a"))).collect();
    assert_eq!(check(&[], &answers(&many))[0].field, "answers");
}

#[test]
fn an_answer_is_a_string_a_number_a_flag_or_a_list_of_strings_and_nothing_else() {
    for value in [json!(null), json!({ "a": 1 }), json!([1]), json!([["a"]])] {
        assert!(serde_json::from_value::<Answer>(json!({ "question_id": "q", "value": value })).is_err(), "{value}");
    }
    for value in [json!("a"), json!(1), json!(1.5), json!(true), json!(["a"]), json!([])] {
        let answer = json!({ "question_id": "q", "value": value });
        let read: Answer = serde_json::from_value(answer.clone()).expect("an answer");
        assert_eq!(serde_json::to_value(&read).expect("JSON"), answer);
    }
}

#[test]
fn a_meeting_type_asks_questions_that_can_be_answered() {
    let rules = |questions: Vec<Question>| {
        let rules = super::broken_rules(&questions).into_iter();
        rules.map(|rule| format!("{} {}", rule.field, rule.rule)).collect::<Vec<_>>()
    };
    let with = |question_type: &str, options: &[&str]| {
        let options: Vec<_> = options.iter().map(|option| option.parse_name()).collect();
        Question { options, ..question(question_type, false) }
    };
    assert_eq!(
        rules(vec![question("text", true), question("text", false)]),
        ["questions.q must have an id of its own"]
    );
    assert_eq!(rules(vec![with("select", &[])]), ["questions.q must have options"]);
    assert_eq!(rules(vec![with("radio", &["a", "a"])]), ["questions.q must not have the same option twice"]);
    assert_eq!(rules(vec![with("multiselect", &["a"; 51])]), ["questions.q must have at most 50 options"]);
    assert_eq!(
        rules(vec![with("text", &["a"])]),
        ["questions.q must not have options, which are for select, multiselect and radio"]
    );
    assert_eq!(rules(vec![question("text", true); 31]), ["questions must have at most 30 entries"]);
    assert_eq!(
        rules(TYPES.iter().map(|name| Question { id: name.parse_id(), ..question(name, true) }).collect()),
        [""; 0]
    );
    for id in ["", "A", "-a", "a_", "a b", &"x".repeat(65)] {
        assert!(crate::text::QuestionId::parse(id).is_err(), "{id}");
    }
}

/// Shorter than parsing at each place.
trait Parse {
    fn parse_name(&self) -> crate::text::Name;
    fn parse_id(&self) -> crate::text::QuestionId;
}

impl Parse for str {
    fn parse_name(&self) -> crate::text::Name {
        crate::text::Name::parse(self).expect("a name")
    }

    fn parse_id(&self) -> crate::text::QuestionId {
        crate::text::QuestionId::parse(self).expect("an id")
    }
}
