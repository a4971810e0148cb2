//! Examples beside the suite: what S1–S10 leave to be worked out.

use serde_json::json;

use super::ask::{every_day, offered};

#[test]
fn a_day_that_ends_at_midnight_touches_the_next_one_where_midnight_comes_twice() {
    // At 01:00 the clock of the Azores falls back to 00:00: the grid restarts at the first midnight and at no other.
    let starts = offered(&json!({
        "host_tz": "Atlantic/Azores", "weekly": every_day(&json!([["00:00", "24:00"]])), "duration": 45, "slot_interval": 45,
        "range": { "from": "2027-10-30T23:00:00Z", "to": "2027-10-31T02:00:00Z" },
    }));
    assert_eq!(starts, ["2027-10-30T23:15", "2027-10-31T00:00", "2027-10-31T00:45", "2027-10-31T01:30"]);
}

#[test]
fn windows_that_a_gap_brings_together_share_a_grid() {
    // New York has no 02:00 to 03:00 on 14 March: both ends are the transition, so the windows touch.
    let starts = offered(&json!({
        "host_tz": "America/New_York", "weekly": { "sun": [["01:00", "02:30"], ["02:45", "05:00"]] },
        "duration": 45, "slot_interval": 45,
        "range": { "from": "2027-03-14T05:00:00Z", "to": "2027-03-14T12:00:00Z" },
    }));
    assert_eq!(starts, ["2027-03-14T06:00", "2027-03-14T06:45", "2027-03-14T07:30", "2027-03-14T08:15"]);
}

#[test]
fn a_window_into_a_date_that_never_was_begins_where_that_date_would_have_ended() {
    // Apia went from 29 to 31 December 2011. Of Friday's night shift only Saturday's part took place.
    let starts = offered(&json!({
        "host_tz": "Pacific/Apia", "weekly": { "thu": [["22:00", "24:00"]], "fri": [["22:00", "02:00"]] },
        "now": "2011-01-01T00:00:00Z", "range": { "from": "2011-12-29T00:00:00Z", "to": "2011-12-31T12:00:00Z" },
    }));
    assert_eq!(starts, ["2011-12-30T08:00", "2011-12-30T09:00", "2011-12-30T10:00", "2011-12-30T11:00"]);
}

#[test]
fn an_override_clips_the_night_before_even_if_that_is_an_override_too() {
    let night = |overrides| offered(&json!({ "weekly": { "mon": [["22:00", "03:00"]] }, "overrides": overrides }));
    assert_eq!(night(json!({})), ["00:00", "01:00", "02:00"]);
    assert_eq!(night(json!({ "2027-01-12": [["09:00", "10:00"]] })), ["09:00"]);
    assert_eq!(night(json!({ "2027-01-11": [["23:00", "02:00"]] })), ["00:00", "01:00"]);
    assert_eq!(night(json!({ "2027-01-11": [["23:00", "02:00"]], "2027-01-12": [] })), [""; 0]);
}

#[test]
fn an_end_at_the_start_is_a_whole_day() {
    let starts = offered(&json!({ "weekly": { "mon": [["15:00", "15:00"]] }, "duration": 300, "slot_interval": 300 }));
    assert_eq!(starts, ["01:00", "06:00"]);
}

#[test]
fn the_end_of_a_long_night_far_from_utc_is_found_two_dates_later() {
    // From Sunday 10 January 23:00 to Monday 22:30 in Pago Pago, eleven hours behind UTC.
    let starts = offered(&json!({
        "host_tz": "Pacific/Pago_Pago", "weekly": { "sun": [["23:00", "22:30"]] },
        "range": { "from": "2027-01-12T08:00:00Z", "to": "2027-01-12T20:00:00Z" },
    }));
    assert_eq!(starts, ["08:00"]);
}

#[test]
fn a_travellers_night_shift_ends_by_the_clock_with_which_it_began() {
    let starts = offered(&json!({
        "host_tz": "America/New_York", "weekly": { "mon": [["22:00", "02:00"]] },
        "host_tz_changes": [{ "from_date": "2027-01-12", "tz": "Asia/Kolkata" }],
        "range": { "from": "2027-01-11T00:00:00Z", "to": "2027-01-14T00:00:00Z" },
    }));
    assert_eq!(starts, ["03:00", "04:00", "05:00", "06:00"]);
}

#[test]
fn a_limit_counts_for_the_date_that_the_travellers_clock_shows() {
    // Tokyo from 12 January on: its 12th begins at 15:00 UTC on the 11th and takes in the booking at 16:00.
    let booked = json!({
        "host_tz_changes": [{ "from_date": "2027-01-12", "tz": "Asia/Tokyo" }],
        "bookings": [{ "start": "2027-01-11T16:00:00Z", "end": "2027-01-11T17:00:00Z" }],
        "weekly": every_day(&json!([["09:00", "10:00"]])), "limits": { "per_day": 1 },
        "range": { "from": "2027-01-11T00:00:00Z", "to": "2027-01-13T12:00:00Z" },
    });
    assert_eq!(offered(&booked), ["2027-01-11T09:00", "2027-01-13T00:00"]);
}

#[test]
fn who_flies_over_the_date_line_may_skip_a_date() {
    // 11 January would begin at 11:00 UTC in Pago Pago, but at 10:00 UTC it is 12 January in Kiritimati already.
    let starts = offered(&json!({
        "host_tz": "Pacific/Pago_Pago", "host_tz_changes": [{ "from_date": "2027-01-12", "tz": "Pacific/Kiritimati" }],
        "weekly": every_day(&json!([["00:00", "24:00"]])), "duration": 120, "slot_interval": 120, "limits": { "per_day": 1 },
        "bookings": [{ "start": "2027-01-11T10:15:00Z", "end": "2027-01-11T10:45:00Z" }],
        "range": { "from": "2027-01-11T05:00:00Z", "to": "2027-01-12T13:00:00Z" },
    }));
    assert_eq!(starts, ["2027-01-11T05:00", "2027-01-11T07:00", "10:00", "12:00"]);
}

#[test]
fn a_busy_second_takes_the_meeting_that_it_touches_from_inside() {
    let busy = |start: &str, end: &str| offered(&json!({ "busy": [{ "start": start, "end": end }] }));
    assert_eq!(busy("2027-01-12T09:59:59Z", "2027-01-12T10:00:00Z"), ["10:00", "11:00"]);
    assert_eq!(busy("2027-01-12T10:00:00Z", "2027-01-12T10:00:00.001Z"), ["09:00", "11:00"]);
    assert_eq!(busy("2027-01-12T09:00:00Z", "2027-01-12T10:00:00Z"), ["10:00", "11:00"]);
}

#[test]
fn minutes_per_day_take_in_the_meeting_itself() {
    let limit = |minutes| {
        offered(&json!({
            "bookings": [{ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z" }],
            "limits": { "minutes_per_day": minutes },
        }))
    };
    assert_eq!(limit(120), ["10:00", "11:00"]);
    assert_eq!(limit(119), [""; 0]);
}

#[test]
fn a_weekly_limit_is_that_of_the_iso_week() {
    // 3 January 2027 is the Sunday of week 53, 4 January the Monday of week 1.
    let starts = offered(&json!({
        "weekly": every_day(&json!([["09:00", "10:00"]])), "limits": { "per_week": 1 },
        "bookings": [{ "start": "2026-12-28T12:00:00Z", "end": "2026-12-28T13:00:00Z" }],
        "range": { "from": "2026-12-26T00:00:00Z", "to": "2027-01-05T00:00:00Z" },
    }));
    assert_eq!(starts, ["2026-12-26T09:00", "2026-12-27T09:00", "2027-01-04T09:00"]);
}

#[test]
fn a_booking_that_moves_neither_blocks_nor_counts() {
    let moved = |reschedule_of| {
        offered(&json!({
            "bookings": [
                { "id": "b1", "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z" },
                { "id": "b2", "start": "2027-01-12T10:00:00Z", "end": "2027-01-12T11:00:00Z" },
            ],
            "limits": { "per_day": 2 }, "reschedule_of": reschedule_of,
        }))
    };
    assert_eq!(moved(json!(null)), [""; 0]);
    let spellings = [
        json!(0),
        json!("b1"),
        json!("2027-01-12T09:00:00Z"),
        json!({ "id": "b1" }),
        json!({ "start": "2027-01-12T09:00:00Z", "end": "2027-01-12T10:00:00Z" }),
    ];
    for spelling in spellings {
        assert_eq!(moved(spelling), ["09:00", "11:00"]);
    }
}
