//! A host's calendar on the real log, with keys, store and bookings read model.

use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::{BookingId, HostId, ScheduleId};
use daybook_domain::meeting_type::MeetingType;
use daybook_domain::personal::Personal;
use daybook_domain::questions::{Question, QuestionType};
use daybook_domain::text::{Description, EmailAddress, Label, QuestionId};
use daybook_event_store::{CalendarStore, EventStoreMetrics, Executed, Feed, Metadata, StoreOptions, SubjectKeys};
use daybook_projections::bookings::{Booking, BookingsProjection, by_id};
use daybook_projections::erasure::{Erased, erase_guest};
use daybook_projections::rebuild::rebuild;
use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::projector::catch_up;
use super::{MEETING_TYPE, codec, guest, hour, master_keys, meeting_type, new_booking, new_host, now};

/// A host's calendar on the real log, and its bookings read model.
pub(crate) struct Scene {
    pub(crate) store: CalendarStore,
    pub(crate) projection: BookingsProjection,
    pub(crate) host: HostId,
    pub(crate) pool: PgPool,
    #[expect(dead_code, reason = "dropped with the scene")]
    held: (TestDatabase, DropGuard),
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let (pool, token) = (database.pool(), CancellationToken::new());
        let metrics = EventStoreMetrics::register(&prometheus::Registry::new()).unwrap();
        let (options, tasks) = (StoreOptions::default(), TaskTracker::new());
        let store = CalendarStore::start(pool.clone(), master_keys(), options, metrics, &token, &tasks);
        let projection = BookingsProjection::new(store.codec().clone());
        let scene = Self { store, projection, host: new_host(), pool, held: (database, token.drop_guard()) };
        let (time_zone, schedule_id) = ("Etc/UTC".parse().unwrap(), ScheduleId(Uuid::now_v7()));
        scene.execute(CalendarCommand::OpenCalendar { time_zone, schedule_id }).await;
        let colour = Question {
            id: QuestionId::parse("colour").unwrap(),
            label: Label::parse("Colour").unwrap(),
            question_type: QuestionType::Text,
            required: false,
            options: Vec::new(),
        };
        let meeting_type = Box::new(MeetingType { questions: vec![colour], ..meeting_type(MEETING_TYPE, "intro") });
        scene.execute(CalendarCommand::AddMeetingType { meeting_type }).await;
        scene
    }

    pub(crate) fn keys(&self) -> &SubjectKeys {
        self.store.codec().keys()
    }

    pub(crate) async fn execute(&self, command: CalendarCommand) -> Executed {
        self.store.execute(self.host, command, now(), Metadata::default()).await.unwrap()
    }

    /// Books an hour as the API does.
    pub(crate) async fn book(&self, who: &str, start_hour: i64) -> BookingId {
        let (booking_id, guest) = (new_booking(), guest(who).get().unwrap().clone());
        let subject = self.keys().guest(&guest.email).await.unwrap();
        self.execute(CalendarCommand::RequestBooking(Box::new(RequestBooking {
            booking_id,
            meeting_type_id: MEETING_TYPE,
            start: hour(start_hour),
            guest: Personal::plain(guest, subject),
            guest_time_zone: "Europe/Berlin".parse().unwrap(),
            repeat_is_duplicate: false,
        })))
        .await;
        booking_id
    }

    pub(crate) async fn cancel(&self, booking_id: BookingId, reason: &str) {
        let reason = Some(Description::parse(reason).unwrap());
        self.execute(CalendarCommand::CancelBooking { booking_id, by: Party::Guest, reason, seen: None }).await;
    }

    pub(crate) fn feed(&self) -> Feed {
        Feed::new(self.pool.clone())
    }

    /// Brings the read model level with the log.
    pub(crate) async fn project(&self) {
        let (end, _) = self.feed().end().await.unwrap().unwrap();
        catch_up(&self.pool, &self.feed(), &self.projection, end, 100).await;
    }

    pub(crate) async fn rebuild(&self) {
        rebuild(&self.pool, &self.feed(), &self.projection, &CancellationToken::new(), |_| ()).await.unwrap();
    }

    pub(crate) async fn erase(&self, who: &str) -> Option<Erased> {
        // On another node, so that nothing is forgotten here by itself.
        erase_guest(&self.pool, codec(&self.pool).keys(), &email(who), now()).await.unwrap()
    }

    pub(crate) async fn booking(&self, id: BookingId) -> Booking {
        by_id(&self.pool, id).await.unwrap().unwrap()
    }

    /// Every value of every row of these tables, and of PostgreSQL's statistics on them.
    pub(crate) async fn text(&self, schema: &str) -> String {
        let rows = format!("SELECT coalesce(string_agg(b::text, ' '), '') FROM {schema}.bookings b");
        let rows: String = sqlx::query_scalar(&rows).fetch_one(&self.pool).await.unwrap();
        let samples = "SELECT coalesce(string_agg(s::text, ' '), '') FROM pg_stats s WHERE schemaname = $1";
        let samples: String = sqlx::query_scalar(samples).bind(schema).fetch_one(&self.pool).await.unwrap();
        rows + &samples
    }
}

/// The address of this guest.
pub(crate) fn email(who: &str) -> EmailAddress {
    guest(who).get().unwrap().email.clone()
}
