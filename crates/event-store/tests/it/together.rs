//! Commands about several calendars: decided from all of them, appended to all or none.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use daybook_domain::calendar::Calendars;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use daybook_event_store::{ExecuteError, Idempotency, Metadata, Together};

use crate::support::{DEADLINE, World, book, bookable, booking, by_host, keys, now, until};

/// A host and a meeting type of theirs.
pub(crate) type Member = (HostId, MeetingTypeId);

/// Decides a booking of the half hour number `n` with all of these hosts.
pub(crate) fn meeting(
    id: BookingId,
    members: Vec<Member>,
    n: i64,
) -> impl Fn(&Calendars) -> Result<Together, Refusal> + Send + Sync + 'static {
    move |calendars| {
        let share = |&(host, meeting_type): &Member| {
            Ok((host, calendars[&host].decide(&book(id, meeting_type, "ada", n), now())?))
        };
        Ok(Together::Events(members.iter().map(share).collect::<Result<_, Refusal>>()?))
    }
}

pub(crate) fn hosts(members: &[Member]) -> Vec<HostId> {
    members.iter().map(|member| member.0).collect()
}

async fn two(world: &World) -> Vec<Member> {
    vec![world.host().await, world.host().await]
}

async fn calendar(world: &World, member: Member) -> Arc<HostCalendar> {
    world.store.calendar(member.0).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_of_two_hosts_stands_in_both_calendars_and_is_one_transaction() {
    let world = World::new().await;
    let members = two(&world).await;
    let id = booking();
    let decide = meeting(id, members.clone(), 0);
    let executed = world.store.execute_together(hosts(&members), decide, by_host()).await.unwrap();
    for &(host, _) in &members {
        let done = &executed[&host];
        assert_eq!((done.events.len(), done.version, done.calendar.version()), (2, 4, 4));
        assert!(done.calendar.booking(id).is_some());
        assert_eq!(
            done.recorded.unwrap().place.transaction_id,
            executed[&members[0].0].recorded.unwrap().place.transaction_id
        );
    }
    // What lies in memory is what the log says, on this node and on another one.
    for &member in &members {
        assert_eq!(calendar(&world, member).await, calendar(&world.another_node(), member).await);
    }
    world.execute(members[0].0, book(booking(), members[0].1, "eve", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_one_host_refuses_nothing_happens_to_any() {
    let world = World::new().await;
    let members = two(&world).await;
    // Taken on another node: this one has to look.
    world.another_node().execute(members[1].0, book(booking(), members[1].1, "eve", 0)).await;
    let refused =
        world.store.execute_together(hosts(&members), meeting(booking(), members.clone(), 0), by_host()).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(Refusal::SlotUnavailable(_)))), "{refused:?}");
    assert_eq!(calendar(&world, members[0]).await.version(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_may_ask_for_more_calendars_and_answers_for_those_in_which_nothing_happens_too() {
    let world = World::new().await;
    let members = two(&world).await;
    let (first, second) = (members[0], members[1]);
    let decide = move |calendars: &Calendars| {
        if !calendars.contains_key(&first.0) {
            return Ok(Together::NeedsAlso([first.0].into()));
        }
        meeting(booking(), vec![second], 0)(calendars)
    };
    let executed = world.store.execute_together([second.0], decide, by_host()).await.unwrap();
    assert_eq!(executed.keys().copied().collect::<BTreeSet<_>>(), hosts(&members).into_iter().collect());
    assert_eq!((executed[&first.0].events.len(), executed[&first.0].recorded), (0, None));
    assert_eq!((executed[&second.0].events.len(), executed[&second.0].version), (2, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_goes_in_circles_or_beyond_its_calendars_is_a_fault() {
    let world = World::new().await;
    let members = two(&world).await;
    let known = members[0].0;
    let circle = move |_: &Calendars| Ok(Together::NeedsAlso([known].into()));
    let beyond = {
        let members = members.clone();
        move |calendars: &Calendars| {
            let Together::Events(mut events) = meeting(booking(), vec![members[0]], 0)(calendars)? else { panic!() };
            events[0].0 = members[1].0;
            Ok(Together::Events(events))
        }
    };
    let circle = world.store.execute_together([known], circle, by_host()).await;
    let beyond = world.store.execute_together([known], beyond, by_host()).await;
    assert!(matches!(circle, Err(ExecuteError::Faulty(_))), "{circle:?}");
    assert!(matches!(beyond, Err(ExecuteError::Faulty(_))), "{beyond:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_that_another_node_won_is_decided_again_from_the_newest_states() {
    let world = World::new().await;
    let members = two(&world).await;
    let (begun, begins) = mpsc::channel::<()>();
    let (moved, has_moved) = mpsc::channel::<()>();
    let has_moved = std::sync::Mutex::new(has_moved);
    let asked = Arc::new(AtomicUsize::new(0));
    let decide = {
        let (asked, members) = (Arc::clone(&asked), members.clone());
        let meet = meeting(booking(), members, 0);
        move |calendars: &Calendars| {
            let decided = meet(calendars);
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                begun.send(()).unwrap();
                has_moved.lock().unwrap().recv_timeout(DEADLINE).unwrap();
            }
            decided
        }
    };
    let overtake = async {
        tokio::task::spawn_blocking(move || begins.recv_timeout(DEADLINE).unwrap()).await.unwrap();
        let other = world.another_node();
        other.execute(members[1].0, book(booking(), members[1].1, "eve", 1)).await;
        moved.send(()).unwrap();
    };
    let command = world.store.execute_together(hosts(&members), decide, by_host());
    let (executed, ()) = tokio::join!(command, overtake);
    let executed = executed.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!((executed[&members[0].0].version, executed[&members[1].0].version), (4, 6));
    assert_eq!(executed[&members[1].0].calendar.bookings().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_the_calendars_allow_and_postgresql_does_not_is_refused_in_all() {
    let world = World::new().await;
    let members = two(&world).await;
    // As if the second calendar had forgotten a booking: only the last layer knows of it.
    sqlx::query(
        "INSERT INTO reservations VALUES ($1, gen_random_uuid(), gen_random_uuid(), tstzrange($2, $2 + interval '30 minutes'))",
    )
    .bind(members[1].0.0)
    .bind(bookable(3))
    .execute(&world.database.owner_pool())
    .await
    .unwrap();
    let meet = |n| world.store.execute_together(hosts(&members), meeting(booking(), members.clone(), n), by_host());
    assert_eq!(meet(3).await.unwrap_err(), ExecuteError::TimeTaken);
    assert_eq!(world.metrics.double_bookings_prevented.with_label_values(&["constraint"]).get(), 1);
    for &member in &members {
        assert_eq!(calendar(&world, member).await.version(), 2);
    }
    meet(4).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_idempotency_key_stands_on_the_first_event_alone_and_is_good_once() {
    let world = World::new().await;
    let members = two(&world).await;
    let idempotency = Idempotency::new(world.pool(), &keys());
    let request = idempotency.request("guest", "k", b"body");
    let metadata = || Metadata { idempotency: Some(request.hash()), ..by_host() };
    let meet = |n| world.store.execute_together(hosts(&members), meeting(booking(), members.clone(), n), metadata());
    meet(0).await.unwrap();
    let earlier = idempotency.find(&request).await.unwrap().unwrap();
    assert!(earlier.same_request);
    assert_eq!(earlier.events.iter().map(|event| event.host).collect::<Vec<_>>(), [members[0].0; 2]);
    assert_eq!(meet(1).await.unwrap_err(), ExecuteError::IdempotencyKeyTaken);
    for &member in &members {
        assert_eq!(calendar(&world, member).await.version(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_caller_goes_away_is_executed_in_all_calendars_or_in_none() {
    let world = World::new().await;
    let members = two(&world).await;
    for n in 0..20 {
        let command = world.store.execute_together(hosts(&members), meeting(booking(), members.clone(), n), by_host());
        // Gives up after a different number of steps each time.
        let mut command = Box::pin(command);
        for _ in 0..n {
            let _ = futures::poll!(&mut command);
            tokio::task::yield_now().await;
        }
        drop(command);
    }
    let last = booking();
    world.store.execute_together(hosts(&members), meeting(last, members.clone(), 100), by_host()).await.unwrap();
    let (one, two) = (calendar(&world, members[0]).await, calendar(&world, members[1]).await);
    assert!(one.bookings().map(|booking| booking.id).eq(two.bookings().map(|booking| booking.id)));
    assert_eq!(one.version(), two.version());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_in_a_decision_sets_the_calendars_free() {
    let world = World::new().await;
    let members = two(&world).await;
    let faulty = |_: &Calendars| -> Result<Together, Refusal> { panic!("a fault in deciding") };
    let died = world.store.execute_together(hosts(&members), faulty, by_host()).await;
    assert_eq!(died.unwrap_err(), ExecuteError::Unknown);
    until("the calendars can be had again", async || {
        world.store.execute_together(hosts(&members), meeting(booking(), members.clone(), 0), by_host()).await.is_ok()
    })
    .await;
}
