//! Personal data of the real log: sealed there, readable here, and null once its owner is erased (E9).

use chrono::Duration;
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::{BookingId, HostId, ScheduleId};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::Description;
use daybook_event_store::{CalendarStore, EventStoreMetrics, Executed, Feed, Metadata, StoreOptions};
use daybook_projections::bookings::{BookingsProjection, Filter, by_id, list};
use daybook_projections::rebuild::rebuild;
use daybook_testkit::TestDatabase;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::projector::catch_up;
use crate::support::{MEETING_TYPE, guest, hour, master_keys, meeting_type, new_booking, new_host, now};

struct Calendar {
    store: CalendarStore,
    host: HostId,
}

impl Calendar {
    async fn execute(&self, command: CalendarCommand) -> Executed {
        self.store.execute(self.host, command, now(), Metadata::default()).await.unwrap()
    }

    async fn book(&self, booking_id: BookingId, who: &str, start_hour: i64) -> Executed {
        let guest = guest(who);
        let guest = Personal::plain(guest.get().unwrap().clone(), guest.subject().clone());
        self.execute(CalendarCommand::RequestBooking(Box::new(RequestBooking {
            booking_id,
            meeting_type_id: MEETING_TYPE,
            start: hour(start_hour),
            guest,
            guest_time_zone: "Europe/Berlin".parse().unwrap(),
            repeat_is_duplicate: false,
        })))
        .await
    }
}

#[tokio::test]
async fn an_erased_guest_is_null_in_what_is_projected_from_then_on() {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
    let _stop = token.clone().drop_guard();
    let metrics = EventStoreMetrics::register(&prometheus::Registry::new()).unwrap();
    let store = CalendarStore::start(pool.clone(), master_keys(), StoreOptions::default(), metrics, &token, &tasks);
    let calendar = Calendar { store: store.clone(), host: new_host() };
    let (ada, grace) = (new_booking(), new_booking());
    calendar
        .execute(CalendarCommand::OpenCalendar {
            time_zone: "Etc/UTC".parse().unwrap(),
            schedule_id: ScheduleId(Uuid::now_v7()),
        })
        .await;
    calendar
        .execute(CalendarCommand::AddMeetingType { meeting_type: Box::new(meeting_type(MEETING_TYPE, "intro")) })
        .await;
    let subject = calendar.book(ada, "Ada", 9).await.events[0].1.clone();
    calendar.book(grace, "Grace", 11).await;
    let reason = Some(Description::parse("Ill").unwrap());
    let cancel = CalendarCommand::CancelBooking { booking_id: ada, by: Party::Guest, reason, seen: None };
    let place = calendar.execute(cancel).await.recorded.unwrap().place;

    let feed = Feed::new(pool.clone());
    let projection = BookingsProjection::new(store.codec().clone());
    catch_up(&pool, &feed, &projection, place, 100).await;
    let booking = by_id(&pool, ada).await.unwrap().unwrap();
    assert_eq!(booking.invitee_name.as_deref(), Some("Ada"));
    assert_eq!(booking.cancellation_reason.as_deref(), Some("Ill"));
    let plain: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE payload::text LIKE '%example.org%'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(plain, 0, "the log holds sealed data only");

    assert!(store.codec().keys().erase(&subject_of(&subject)).await.unwrap());
    rebuild(&pool, &feed, &projection, &CancellationToken::new(), |_| ()).await.unwrap();
    let booking = by_id(&pool, ada).await.unwrap().unwrap();
    assert_eq!((booking.invitee_name, booking.invitee_email, booking.notes, booking.guests), (None, None, None, None));
    assert_eq!(booking.cancellation_reason, None);
    assert_eq!((booking.version, booking.start_time), (2, hour(9)));

    let found = async |q: &str| {
        let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
        list(&pool, calendar.host, &filter, None, 10, now() - Duration::days(1)).await.unwrap().items.len()
    };
    assert_eq!((found("ada").await, found("grace").await), (0, 1));
}

/// Whom the personal data of a request is about.
fn subject_of(event: &daybook_domain::calendar::event::CalendarEvent) -> Subject {
    event.clone().personal_fields()[0].subject().clone()
}
