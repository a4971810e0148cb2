//! What is sealed: opens where it belongs, and nowhere else.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use chrono::DateTime;
use daybook_domain::calendar::event::{BookingCancelled, CalendarEvent, Party};
use daybook_domain::ids::BookingId;
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::Description;
use daybook_event_store::{Codec, SubjectKey};
use uuid::Uuid;

use crate::routes::RUNTIME;
use crate::world::World;

/// Somebody with a key.
struct Person {
    subject: Subject,
    key: SubjectKey,
    codec: Codec,
}

static PERSON: LazyLock<Person> = LazyLock::new(|| {
    let codec = World::get().codec();
    let subject = Subject(format!("host:{}", Uuid::from_u128(1)));
    let keys = RUNTIME.block_on(codec.keys().for_sealing(&[&subject])).expect("a key");
    Person { key: keys[&subject].clone(), subject, codec }
});

/// A text, a place, and how somebody alters what is sealed.
pub fn sealed(input: &[u8]) {
    // Too short an input says nothing.
    let _ = ciphertexts(&mut Unstructured::new(input));
    let _ = events(&mut Unstructured::new(input));
}

fn ciphertexts(input: &mut Unstructured<'_>) -> Result<()> {
    let key = &PERSON.key;
    let (at, change): (u16, u8) = input.arbitrary()?;
    let (place, other): (Vec<&[u8]>, Vec<&[u8]>) = input.arbitrary()?;
    let plain: &[u8] = input.arbitrary()?;
    let sealed = key.seal(&place, plain);
    assert_eq!(key.open(&place, &sealed).as_deref(), Ok(plain));
    if place != other {
        assert!(key.open(&other, &sealed).is_err(), "it opens elsewhere");
    }
    let mut altered = sealed.clone();
    altered[usize::from(at) % sealed.len()] ^= change.max(1);
    assert!(key.open(&place, &altered).is_err(), "it opens although it was altered");
    assert!(key.open(&place, &sealed[..usize::from(at) % sealed.len()]).is_err(), "it opens although it was cut");
    assert!(key.open(&place, plain).is_err(), "whatever was made up opens");
    Ok(())
}

fn events(input: &mut Unstructured<'_>) -> Result<()> {
    let Person { subject, codec, .. } = &*PERSON;
    let (at, letter): (u16, u8) = input.arbitrary()?;
    let Ok(reason) = Description::parse(input.arbitrary()?) else { return Ok(()) };
    let id = Uuid::from_u128(7);
    let event = |reason| {
        CalendarEvent::from(BookingCancelled {
            booking_id: BookingId(Uuid::from_u128(8)),
            by: Party::Host,
            reason: Some(reason),
            cancelled_at: DateTime::UNIX_EPOCH,
        })
    };
    let plain = event(Personal::plain(reason.clone(), subject.clone()));
    let log = RUNTIME.block_on(codec.to_log(&mut [(id, plain.clone())])).expect("a key is there");
    let written = CalendarEvent::from_parts("BookingCancelled", &log.payloads[0]).expect("what is written is read");
    let mut read = [(id, written.clone())];
    RUNTIME.block_on(codec.open(&mut read)).expect("it opens");
    assert_eq!(read[0].1, plain);
    assert!(RUNTIME.block_on(codec.open(&mut [(Uuid::from_u128(9), written.clone())])).is_err(), "in another event");

    let CalendarEvent::BookingCancelled(BookingCancelled { reason: Some(Personal::Sealed { sealed, .. }), .. }) =
        written
    else {
        panic!("a reason is personal");
    };
    let mut altered = sealed.clone().into_bytes();
    let at = usize::from(at) % altered.len();
    altered[at] = letter & 0x7f;
    let altered = String::from_utf8(altered).expect("ASCII");
    let is_same = altered == sealed;
    let mut read = [(id, event(Personal::Sealed { sealed: altered, subject: subject.clone() }))];
    assert_eq!(RUNTIME.block_on(codec.open(&mut read)).is_ok(), is_same, "altered at {at}");
    Ok(())
}
