//! Zones (V5, V6): wall clocks, dates whatever happens at midnight, and data that is up to date.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use daybook_domain::time::{Instant, Interval};
use daybook_domain::zone::{HostZones, TimeZoneChange, Zone, zone_data_version};

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn instant(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn stretch(from: &str, to: &str) -> Option<Interval> {
    Interval::between(instant(from), instant(to))
}

#[test]
fn the_zone_data_is_that_of_2026f() {
    assert_eq!(zone_data_version(), "2026f");
    // What changed since 2025b, an hour each: https://data.iana.org/time-zones/tzdb/NEWS.
    let december = instant("2026-12-01T12:00:00Z");
    for (name, hours) in [
        ("Africa/Casablanca", 0),
        ("America/Vancouver", -7),
        ("America/Edmonton", -6),
        ("America/Winnipeg", -5),
        ("America/Havana", -4),
        ("Cuba", -4),
    ] {
        assert_eq!(zone(name).offset(december), hours * 3_600, "{name}");
    }
    assert_eq!(zone("America/Havana").offset(instant("2027-12-01T12:00:00Z")), -5 * 3_600);
}

#[test]
fn a_zone_keeps_its_name_through_text() {
    for name in ["Europe/Berlin", "America/Havana", "Cuba", "UTC", "Etc/UTC", "Asia/Kolkata", "US/Eastern"] {
        assert_eq!(zone(name).name(), name);
        let json = serde_json::to_string(&zone(name)).expect("a text");
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Zone>(&json).expect("a zone"), zone(name));
    }
}

#[test]
fn names_that_are_no_zones_are_refused() {
    for name in
        ["", "Mars/Olympus", "Etc/Unknown", "+02:00", "Europe/Berlin ", "../../etc/passwd", "EST5EDT,M3.2.0,M11.1.0"]
    {
        assert!(name.parse::<Zone>().is_err(), "{name:?}");
    }
}

#[test]
fn chrono_tz_agrees_where_its_older_data_does() {
    // The zones in which the slot engine's oracle lives, over the years in which it does.
    for name in [
        "UTC",
        "Europe/Berlin",
        "Europe/London",
        "America/New_York",
        "America/St_Johns",
        "America/Santiago",
        "America/Los_Angeles",
        "Atlantic/Azores",
        "Africa/Cairo",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Auckland",
        "Pacific/Honolulu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ] {
        let (ours, theirs) = (zone(name), name.parse::<Tz>().expect("a zone"));
        let mut at = instant("2024-12-01T00:00:00Z");
        while at < instant("2027-02-01T00:00:00Z") {
            let shown = theirs.from_utc_datetime(&at.naive_utc()).naive_local();
            assert_eq!(ours.with_offset(at).naive_local(), shown, "{name} at {at}");
            at += TimeDelta::hours(1);
        }
    }
}

#[test]
fn an_ordinary_date_lasts_from_midnight_to_midnight() {
    let day = zone("Asia/Kolkata").day(date("2027-01-12"));
    assert_eq!(day, stretch("2027-01-11T18:30:00Z", "2027-01-12T18:30:00Z"));
}

#[test]
fn a_date_on_which_the_clock_changes_is_shorter_or_longer() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(berlin.day(date("2027-03-28")).map(Interval::seconds), Some(23 * 3_600));
    assert_eq!(berlin.day(date("2027-10-31")).map(Interval::seconds), Some(25 * 3_600));
    assert_eq!(zone("Australia/Lord_Howe").day(date("2027-10-03")).map(Interval::seconds), Some(23 * 3_600 + 1_800));
}

#[test]
fn a_date_without_midnight_begins_at_the_transition() {
    // At 00:00 Beirut's clock jumps to 01:00.
    assert_eq!(zone("Asia/Beirut").day(date("2027-03-28")), stretch("2027-03-27T22:00:00Z", "2027-03-28T21:00:00Z"));
}

#[test]
fn a_date_with_two_midnights_begins_at_the_first() {
    // At 01:00 the clock of the Azores falls back to 00:00.
    let azores = zone("Atlantic/Azores");
    assert_eq!(azores.day(date("2027-10-30")), stretch("2027-10-30T00:00:00Z", "2027-10-31T00:00:00Z"));
    assert_eq!(azores.day(date("2027-10-31")), stretch("2027-10-31T00:00:00Z", "2027-11-01T01:00:00Z"));
}

#[test]
fn a_date_that_never_was_has_no_time() {
    let apia = zone("Pacific/Apia");
    assert_eq!(apia.day(date("2011-12-30")), None);
    assert_eq!(apia.day(date("2011-12-29")).map(Interval::end), apia.day(date("2011-12-31")).map(Interval::start));
    assert_eq!(apia.days(date("2011-12-30"), date("2011-12-31")), apia.day(date("2011-12-31")));
    assert_eq!(apia.days(date("2011-12-30"), date("2011-12-30")), None);
}

#[test]
fn the_dates_of_a_year_tile_it() {
    for name in ["America/Santiago", "Africa/Cairo", "Atlantic/Azores", "Asia/Beirut", "America/Havana", "Pacific/Apia"]
    {
        let zone = zone(name);
        for date in date("2027-01-01").iter_days().take(365) {
            let (today, tomorrow) = (zone.day(date), zone.day(date + Days::new(1)));
            assert_eq!(today.map(Interval::end), tomorrow.map(Interval::start), "{name} {date}");
            let first = today.map(|day| daybook_domain::time::instant(day.start())).expect("a day");
            assert_eq!(
                (zone.date_of(first), zone.date_of(first - TimeDelta::seconds(1))),
                (date, date - Days::new(1)),
                "{name}"
            );
        }
    }
}

#[test]
fn several_dates_last_as_long_as_each_of_them() {
    let (berlin, first, last) = (zone("Europe/Berlin"), date("2027-03-01"), date("2027-03-31"));
    let each: i64 = first.iter_days().take(31).filter_map(|date| berlin.day(date)).map(Interval::seconds).sum();
    assert_eq!(berlin.days(first, last).map(Interval::seconds), Some(each));
    assert_eq!(berlin.days(last, first), None);
}

#[test]
fn a_wall_clock_shows_date_and_minutes() {
    let at = instant("2027-01-12T20:05:59Z");
    assert_eq!(zone("Pacific/Auckland").wall_clock(at), (date("2027-01-13"), "09:05".to_owned()));
    assert_eq!(zone("America/Los_Angeles").wall_clock(at), (date("2027-01-12"), "12:05".to_owned()));
    assert_eq!(zone("Europe/Berlin").with_offset(at).to_rfc3339(), "2027-01-12T21:05:59+01:00");
}

#[test]
fn instants_beyond_all_calendars_have_a_wall_clock_too() {
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for name in ["UTC", "Pacific/Kiritimati", "Pacific/Honolulu"] {
            let _ = zone(name).wall_clock(at);
        }
    }
    for date in [NaiveDate::MIN, NaiveDate::MAX] {
        assert_eq!(zone("Europe/Berlin").day(date).map(Interval::seconds), Some(86_400));
    }
}

fn change(from: &str, to: Option<&str>, name: &str) -> TimeZoneChange {
    TimeZoneChange { from_date: date(from), to_date: to.map(date), time_zone: zone(name) }
}

#[test]
fn the_last_change_that_covers_a_date_decides_its_zone() {
    let changes = vec![
        change("2027-01-03", Some("2027-01-08"), "America/New_York"),
        change("2027-01-05", Some("2027-01-06"), "Asia/Tokyo"),
        change("2027-01-10", None, "Asia/Kolkata"),
    ];
    let zones = HostZones { home: zone("Europe/Berlin"), changes };
    let on = |text| zones.on(date(text)).name().to_owned();
    assert_eq!(on("2027-01-02"), "Europe/Berlin");
    assert_eq!(on("2027-01-03"), "America/New_York");
    assert_eq!(on("2027-01-05"), "Asia/Tokyo");
    assert_eq!(on("2027-01-07"), "America/New_York");
    assert_eq!(on("2027-01-09"), "Europe/Berlin");
    assert_eq!(on("2031-01-01"), "Asia/Kolkata");
}

#[test]
fn a_travellers_date_begins_at_its_own_zones_midnight() {
    // East from Berlin to Tokyo on 5 January, back on the 7th.
    let zones = HostZones {
        home: zone("Europe/Berlin"),
        changes: vec![change("2027-01-05", Some("2027-01-06"), "Asia/Tokyo")],
    };
    let begin = |text| daybook_domain::time::instant(zones.begin_of(date(text)));
    assert_eq!(begin("2027-01-04"), instant("2027-01-03T23:00:00Z"));
    assert_eq!(begin("2027-01-05"), instant("2027-01-04T15:00:00Z"));
    assert_eq!(begin("2027-01-06"), instant("2027-01-05T15:00:00Z"));
    assert_eq!(begin("2027-01-07"), instant("2027-01-06T23:00:00Z"));
    for (at, expected) in [
        ("2027-01-04T14:59:59Z", "2027-01-04"),
        ("2027-01-04T15:00:00Z", "2027-01-05"),
        ("2027-01-06T22:59:59Z", "2027-01-06"),
        ("2027-01-06T23:00:00Z", "2027-01-07"),
    ] {
        assert_eq!(zones.date_of(instant(at)), date(expected), "{at}");
    }
}

#[test]
fn a_date_that_a_traveller_skips_begins_with_the_next_one() {
    let zones =
        HostZones { home: zone("Pacific/Pago_Pago"), changes: vec![change("2027-01-12", None, "Pacific/Kiritimati")] };
    assert_eq!(zones.begin_of(date("2027-01-12")), instant("2027-01-11T10:00:00Z").timestamp());
    assert_eq!(zones.begin_of(date("2027-01-11")), zones.begin_of(date("2027-01-12")));
    assert_eq!(zones.date_of(instant("2027-01-11T10:30:00Z")), date("2027-01-12"));
}
