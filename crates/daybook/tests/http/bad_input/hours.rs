//! Bad rules, schedules and overrides.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Table, Victim, bad_lines};

pub(super) fn add(table: &mut Table, victim: &Victim) {
    rules(table, victim);
    schedules(table, victim);
    overrides(table, victim);
}

/// Times of day that are none.
fn bad_times() -> Vec<Value> {
    let mut bad: Vec<_> =
        ["", "9:00", "09:0", "0900", "25:00", "24:01", "09:60", "-1:00", "09:00:00", "09:00Z", "09:00\u{0}", "noon"]
            .map(|text| json!(text))
            .into();
    bad.extend([json!(9), json!(null), json!(["09:00"])]);
    bad
}

fn rules(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let to = || (Method::POST, "/api/availability/rules");
    let good = json!({"day_of_week": 1, "start_time": "09:00", "end_time": "12:00"});
    let days = [
        json!(7),
        json!(-1),
        json!(255),
        json!(256),
        json!(1.5),
        json!("1"),
        json!("monday"),
        json!(null),
        json!(1e300),
    ];
    table.values(http, &to(), &good, "day_of_week", days.clone());
    table.values(http, &to(), &good, "start_time", bad_times());
    table.values(http, &to(), &good, "end_time", bad_times());
    table.values(http, &to(), &good, "end_time", [json!("09:00"), json!("08:59"), json!("00:00")]);
    table.values(http, &to(), &good, "is_active", [json!("yes"), json!(1), json!(null)]);
    table.values(http, &to(), &good, "id", [json!(1)]);
    table.missing(http, &to(), &good, &["day_of_week", "start_time", "end_time"]);

    let replace = |rules: Value| http.put("/api/availability/rules", &json!({"rules": rules}));
    for day in days {
        let bad = json!([good, {"day_of_week": day, "start_time": "09:00", "end_time": "12:00"}]);
        table.call(format!("PUT rules with the day {day}"), replace(bad), "rules[1].day_of_week");
    }
    table.call(
        "rules that end before they start",
        replace(json!([good, {"day_of_week": 1, "start_time": "12:00", "end_time": "09:00"}])),
        "rules[1].end_time",
    );
    table.call("rules that are none", replace(json!("every day")), "rules");
    table.call("a rule that is none", replace(json!([good, 7])), "rules[1]");
    table.call(
        "rules with something unknown",
        replace(json!([{"day_of_week": 1, "start_time": "09:00", "end_time": "12:00", "zone": "UTC"}])),
        "rules[0].zone",
    );
    table.call("too many rules", replace(json!(vec![good.clone(); 200])), "rules");
    table.call("no rules at all", http.put("/api/availability/rules", &json!({})), "rules");
}

fn schedules(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let by_id = format!("/api/schedules/{}", victim.schedule);
    for to in [(Method::POST, "/api/schedules"), (Method::PUT, by_id.as_str())] {
        let good = json!({"name": "Evenings"});
        table.values(http, &to, &good, "name", bad_lines(120));
        table.values(http, &to, &good, "is_default", [json!("no"), json!(0), json!(null)]);
        table.values(http, &to, &good, "overrides", [json!([]), json!("2027-01-12"), json!(null)]);
        table.missing(http, &to, &good, &["name"]);
        let call = |body: Value| http.call(to.0.clone(), to.1).json(&body);
        let window = json!({"start_time": "09:00", "end_time": "10:00"});
        for (field, overrides) in [
            ("overrides.2027-02-30", json!({"2027-02-30": []})),
            ("overrides.tomorrow", json!({"tomorrow": []})),
            ("overrides.1066-10-14", json!({"1066-10-14": []})),
            ("overrides.9999-12-31", json!({"9999-12-31": []})),
            ("overrides.2027-01-12", json!({"2027-01-12": "closed"})),
            ("overrides.2027-01-12[0].end_time", json!({"2027-01-12": [{"start_time": "09:00", "end_time": "09:00"}]})),
            (
                "overrides.2027-01-12[1].start_time",
                json!({"2027-01-12": [window, {"start_time": "x", "end_time": "09:00"}]}),
            ),
            ("overrides", json!({"2027-01-12": vec![window.clone(); 25]})),
        ] {
            let what = format!("{} {} {overrides}", to.0, to.1).chars().take(160).collect::<String>();
            table.call(what, call(json!({"name": "x", "overrides": overrides})), field);
        }
        table.call(
            "a rule of a schedule",
            call(json!({"name": "x", "rules": [{"day_of_week": 9, "start_time": "09:00", "end_time": "10:00"}]})),
            "rules[0].day_of_week",
        );
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let call = http.call(method.clone(), "/api/schedules/summer").json(&json!({"name": "x"}));
        table.call(format!("{method} a schedule that is no id"), call, "id");
    }
}

fn overrides(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let good = json!({"windows": []});
    for date in ["2027-02-30", "2027-13-01", "tomorrow", "20270112", "2027-01-12T00:00:00Z", "%00"] {
        let path = format!("/api/availability/overrides/{date}");
        table.call(format!("PUT {path}"), http.put(&path, &good), "date");
        table.call(format!("DELETE {path}"), http.delete(&path), "date");
    }
    for date in ["0000-01-01", "1066-10-14", "9999-12-31", "262142-12-31"] {
        let path = format!("/api/availability/overrides/{date}");
        table.call(format!("PUT {path}"), http.put(&path, &good), "date");
    }
    let path = "/api/availability/overrides/2027-01-12";
    let put = |windows: Value| http.put(path, &json!({"windows": windows}));
    table.call("windows that are none", put(json!("closed")), "windows");
    table.call("windows that are null", put(json!(null)), "windows");
    table.call("a window backwards", put(json!([{"start_time": "12:00", "end_time": "11:00"}])), "windows[0].end_time");
    table.call("a window without an end", put(json!([{"start_time": "12:00"}])), "windows[0].end_time");
    table.call(
        "a window with something unknown",
        put(json!([{"start_time": "12:00", "end_time": "13:00", "busy": true}])),
        "windows[0].busy",
    );
    table.call(
        "too many windows",
        put(json!(vec![json!({"start_time": "12:00", "end_time": "13:00"}); 25])),
        "windows",
    );
    table.call("no windows at all", http.put(path, &json!({})), "windows");
}
