//! Months of bookings leave the read model for files, and come back (O2).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::Duration;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::BookingId;
use daybook_domain::time::Instant;
use daybook_projections::Projection;
use daybook_projections::bookings::archive::{Archive, ArchiveError, Restored, RunReport, Step, archived_months};
use daybook_projections::bookings::months::{Month, ensure};
use daybook_projections::bookings::{BookingsProjection, archived_of_invitee, by_id};
use daybook_testkit::ScratchDirectory;

use crate::support::scene::{Scene, email};
use crate::support::tables::dump;
use crate::support::{hour, now};

/// A calendar whose bookings are of January and February 2027, and its archive.
struct Office {
    scene: Scene,
    directory: ScratchDirectory,
    archive: Archive,
    /// Ada's, Grace's and Joan's bookings of January.
    january: [BookingId; 3],
    february: BookingId,
}

/// In May January is old enough, and February is not.
fn may() -> Instant {
    now() + Duration::days(120)
}

fn january() -> Month {
    "2027-01".parse().unwrap()
}

impl Office {
    async fn open() -> Self {
        let scene = Scene::new().await;
        let mut connection = scene.pool.acquire().await.unwrap();
        ensure(&mut connection, now(), 3).await.unwrap();
        drop(connection);
        let january = [scene.book("Ada", 9).await, scene.book("Grace", 33).await, scene.book("Joan", 57).await];
        scene.cancel(january[1], "Grace is ill").await;
        let february = scene.book("Ida", 24 * 28 + 9).await;
        scene.project().await;
        let directory = ScratchDirectory::make().unwrap();
        let archive = Archive::new(scene.pool.clone(), scene.store.codec().clone(), directory.path().join("archive"));
        Self { scene, directory, archive, january, february }
    }

    async fn run(&self, now: Instant) -> RunReport {
        self.archive.run(now, 90, |_, _| Ok(())).await.unwrap()
    }

    /// Every row of the read model, as text.
    async fn rows(&self) -> Vec<String> {
        dump(&self.scene.pool, BookingsProjection::TABLES).await
    }

    async fn ids(&self) -> BTreeSet<BookingId> {
        let rows: Vec<uuid::Uuid> =
            sqlx::query_scalar("SELECT id FROM read_models.bookings").fetch_all(&self.scene.pool).await.unwrap();
        rows.into_iter().map(BookingId).collect()
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("archive")
    }

    /// The names of the archive's files.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// The file of January.
    fn lines(&self) -> PathBuf {
        let mut paths = self.files().into_iter().map(|name| self.path().join(name));
        paths.find(|path| path.extension().is_some_and(|ending| ending == "jsonl")).unwrap()
    }

    async fn differences(&self) -> Vec<String> {
        let verified = self.archive.verify().await.unwrap();
        verified.differences.iter().map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn a_month_leaves_the_read_model_stays_away_and_comes_back() {
    let office = Office::open().await;
    let before = office.rows().await;
    let done = office.run(may()).await;
    assert_eq!(
        done.archived.iter().map(|done| (done.month, done.rows, done.removed)).collect::<Vec<_>>(),
        [(january(), 3, 3)]
    );
    let after = office.rows().await;
    assert_eq!(office.ids().await, BTreeSet::from([office.february]));
    assert_eq!(office.files().len(), 2);
    let written = fs::read_to_string(office.lines()).unwrap();
    assert_eq!(written.lines().count(), 3);
    for personal in ["Ada", "ada@", "example.org", "ill", "Second floor"] {
        assert!(!written.contains(personal), "{personal} is readable in {written}");
    }
    let left: Option<String> = sqlx::query_scalar("SELECT to_regclass('read_models.bookings_2027_01')::text")
        .fetch_one(&office.scene.pool)
        .await
        .unwrap();
    assert_eq!(left, None, "the month's partition is gone");
    assert_eq!(office.differences().await, Vec::<String>::new());
    assert_eq!(office.run(may()).await, RunReport::default(), "nothing is left to do");

    // Neither events that come twice nor a rebuild brings it back.
    sqlx::query("DELETE FROM read_models.checkpoints").execute(&office.scene.pool).await.unwrap();
    office.scene.project().await;
    assert_eq!(office.rows().await, after);
    office.scene.rebuild().await;
    assert_eq!(office.rows().await, after);

    let restored = office.archive.restore(january(), may()).await.unwrap();
    assert_eq!(restored, Restored { rows: 3, brought_back: 3 });
    assert_eq!(office.rows().await, before);
    let again = office.archive.restore(january(), may()).await.unwrap();
    assert_eq!(again, Restored { rows: 3, brought_back: 0 });
    assert_eq!(office.rows().await, before);
    office.scene.rebuild().await;
    assert_eq!(office.rows().await, before, "a rebuild keeps what was restored");

    let soon = office.archive.run(may() + Duration::days(29), 110, |_, _| Ok(())).await.unwrap();
    assert_eq!((soon.restored, soon.archived), (vec![january()], vec![]), "restored for a month");
    let later = office.archive.run(may() + Duration::days(30), 110, |_, _| Ok(())).await.unwrap();
    assert_eq!((later.archived[0].rows, later.archived[0].removed), (3, 3));
    assert_eq!(office.rows().await, after);
    assert_eq!(office.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn broken_off_at_any_step_a_run_loses_nothing_and_the_next_one_goes_on() {
    let office = Office::open().await;
    let before = office.rows().await;
    let all = office.ids().await;
    let mut broken_off = Vec::new();
    for last in 1.. {
        let mut steps = 0;
        let broken = office
            .archive
            .run(may(), 90, |_, step| {
                steps += 1;
                if steps < last {
                    return Ok(());
                }
                broken_off.push(step);
                Err(ArchiveError::Stopped)
            })
            .await;
        let in_files = fs::read_to_string(office.lines()).unwrap();
        let in_table = office.ids().await;
        let safe = |id: &BookingId| in_table.contains(id) || in_files.contains(&id.to_string());
        assert!(all.iter().all(safe), "after {broken_off:?}");
        if broken.is_ok() {
            break;
        }
        office.run(may()).await;
        assert_eq!(office.ids().await, BTreeSet::from([office.february]), "after {broken_off:?}");
        assert_eq!(office.differences().await, Vec::<String>::new(), "after {broken_off:?}");
        assert_eq!(office.files().len(), 2, "no remains after {broken_off:?}");
        office.archive.restore(january(), may()).await.unwrap();
        assert_eq!(office.rows().await, before, "after {broken_off:?}");
        sqlx::query("UPDATE archived_months SET restored_at = NULL").execute(&office.scene.pool).await.unwrap();
    }
    let steps =
        [Step::FileWritten, Step::FileChecked, Step::ManifestWritten, Step::RowsRemoved(3), Step::PartitionRemoved];
    assert_eq!(broken_off, steps);
}

#[tokio::test]
async fn erasing_somebody_reaches_the_archive() {
    let office = Office::open().await;
    office.run(may()).await;
    let written = fs::read(office.lines()).unwrap();
    let subject = office.scene.keys().known_guest(&email("Ada")).await.unwrap().unwrap();
    let theirs = archived_of_invitee(&office.scene.pool, &subject).await.unwrap();
    assert_eq!(theirs, [(office.scene.host, office.january[0])], "found for whoever asks what is held");

    office.scene.erase("Ada").await.unwrap();
    crate::support::until("the news has come", async || {
        office.scene.keys().for_opening(&[&subject]).await.unwrap().is_empty()
    })
    .await;
    assert_eq!(fs::read(office.lines()).unwrap(), written, "the file stays as it is");
    assert_eq!(office.differences().await, Vec::<String>::new());
    office.archive.restore(january(), may()).await.unwrap();
    let [ada, grace, _] = office.january;
    let row = office.scene.booking(ada).await;
    assert_eq!(
        (row.invitee_name, row.invitee_email, row.notes, row.guests, row.answers),
        (None, None, None, None, None)
    );
    assert_eq!(office.scene.booking(grace).await.cancellation_reason.as_deref(), Some("Grace is ill"));
    office.scene.rebuild().await;
    assert_eq!(office.scene.booking(ada).await.invitee_name, None);
}

#[tokio::test]
async fn what_happens_to_an_archived_booking_is_not_lost() {
    let office = Office::open().await;
    office.run(may()).await;
    let [ada, _, joan] = office.january;
    // No clock of a program in service would allow it any more.
    office.scene.cancel(ada, "After all").await;
    let moved = CalendarCommand::RescheduleBooking {
        booking_id: joan,
        session_id: daybook_domain::ids::SessionId::from(joan),
        start: hour(24 * 28 + 12),
        by: Party::Guest,
        reason: None,
        seen: None,
    };
    office.scene.execute(moved).await;
    office.scene.project().await;
    assert_eq!(office.ids().await, BTreeSet::from([ada, joan, office.february]));
    let row = office.scene.booking(ada).await;
    assert_eq!((row.version, row.cancellation_reason.as_deref()), (2, Some("After all")));
    assert_eq!(row.invitee_name.as_deref(), Some("Ada"));
    let live = office.rows().await;
    office.scene.rebuild().await;
    assert_eq!(office.rows().await, live, "a rebuild gives the same rows");

    let differences = office.differences().await;
    let changed = |id: BookingId| differences.iter().any(|what| what.contains(&format!("{id} of host")));
    assert!(differences.len() == 2 && changed(ada) && changed(joan), "{differences:?}");

    // Ada's goes into the file in place of what that had; Joan's is of another month now.
    let done = office.run(may()).await;
    assert_eq!((done.archived[0].rows, done.archived[0].removed), (2, 1));
    assert_eq!(office.ids().await, BTreeSet::from([joan, office.february]));
    assert!(!fs::read_to_string(office.lines()).unwrap().contains(&joan.to_string()));
    assert_eq!(office.differences().await, Vec::<String>::new());
    office.scene.rebuild().await;
    assert_eq!(office.ids().await, BTreeSet::from([joan, office.february]));
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[tokio::test]
async fn whatever_differs_is_named() {
    let office = Office::open().await;
    office.run(may()).await;
    let (file, manifest) = (office.lines(), office.path().join("bookings-2027-01.json"));
    let (lines, said) = (fs::read_to_string(&file).unwrap(), fs::read_to_string(&manifest).unwrap());

    replace(&file, "\"cancelled\"", "\"confirmed\"");
    let differences = office.differences().await;
    assert!(differences.len() == 1 && differences[0].contains("SHA-256"), "{differences:?}");
    let restored = office.archive.restore(january(), may()).await;
    assert!(matches!(restored, Err(ArchiveError::Differs(_))), "{restored:?}");
    assert_eq!(office.ids().await, BTreeSet::from([office.february]), "nothing of it was brought back");

    // Somebody who also mends the manifest is found out by the log.
    let forged = fs::read(&file).unwrap();
    let hash = |bytes: &[u8]| {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(bytes);
        let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect::<String>()
    };
    let (old, new) = (hash(lines.as_bytes()), hash(&forged));
    let renamed = file.with_file_name(format!("bookings-2027-01.{}.jsonl", &new[..12]));
    fs::rename(&file, &renamed).unwrap();
    let size = |bytes: usize| format!("\"bytes\": {bytes}");
    replace(&manifest, &old, &new);
    replace(&manifest, &old[..12], &new[..12]);
    replace(&manifest, &size(lines.len()), &size(forged.len()));
    let differences = office.differences().await;
    let of_grace =
        format!("booking {} of host {}: differs from the log in status", office.january[1], office.scene.host);
    assert!(differences.iter().any(|what| what.contains(&of_grace)), "{differences:?}");
    assert!(differences.iter().any(|what| what.contains("another manifest")), "{differences:?}");

    fs::write(&manifest, &said).unwrap();
    let differences = office.differences().await;
    assert!(differences.len() == 1 && differences[0].contains("is not there"), "{differences:?}");
    fs::remove_file(&manifest).unwrap();
    let differences = office.differences().await;
    assert!(differences.len() == 1 && differences[0].contains("has no manifest here"), "{differences:?}");
    let none = office.archive.restore(january(), may()).await;
    assert!(matches!(none, Err(ArchiveError::NoFile { .. })), "{none:?}");

    fs::write(&file, &lines).unwrap();
    fs::write(&manifest, &said).unwrap();
    assert_eq!(office.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn files_are_removed_after_two_years_and_their_bookings_stay_away() {
    let office = Office::open().await;
    office.run(may()).await;
    let almost = office.archive.run(may() + Duration::days(729), 90, |_, _| Ok(())).await.unwrap();
    assert_eq!((almost.removed, office.files().len()), (vec![], 4), "February was archived");
    let then = office.run(may() + Duration::days(730)).await;
    assert_eq!((then.removed, then.archived), (vec![january()], vec![]));
    assert!(office.files().iter().all(|name| name.starts_with("bookings-2027-02")), "{:?}", office.files());
    assert!(archived_months(&office.scene.pool).await.unwrap()[0].removed_at.is_some());
    assert_eq!(office.differences().await, Vec::<String>::new());
    office.scene.rebuild().await;
    assert_eq!(by_id(&office.scene.pool, office.january[0]).await.unwrap(), None);
}

#[tokio::test]
async fn a_month_that_may_still_change_is_not_archived() {
    let office = Office::open().await;
    let soon = office.archive.run(may(), 35, |_, _| Ok(())).await;
    assert!(matches!(soon, Err(ArchiveError::TooSoon { fewest: 36 })), "{soon:?}");
    // A day for meetings that last into the next month.
    let end = january().end() + Duration::days(91);
    assert_eq!(office.run(end - Duration::seconds(1)).await, RunReport::default());
    assert_eq!(office.run(end).await.archived.len(), 1);
}

#[tokio::test]
async fn nothing_is_archived_from_a_read_model_that_is_behind_the_log() {
    let office = Office::open().await;
    office.scene.cancel(office.january[0], "Not projected yet").await;
    let (place, recorded_at) = office.scene.feed().end().await.unwrap().unwrap();
    // A transaction of another database of the server may hold the event back for a moment.
    crate::support::until("the feed gives it", async || office.scene.feed().reached().await.unwrap() >= place).await;
    let refused = office.archive.run(may().max(recorded_at + Duration::days(1)), 90, |_, _| Ok(())).await;
    assert!(matches!(refused, Err(ArchiveError::Behind(1))), "{refused:?}");
    assert_eq!(office.ids().await.len(), 4);
}
