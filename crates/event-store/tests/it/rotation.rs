//! A master key is replaced while the system serves, and then no longer needed (E9).

use daybook_domain::personal::Subject;
use daybook_event_store::{CodecError, KeyError, MasterKeys, SubjectKeys, WrappedUnder};

use crate::personal::{Keys, ada_books, guest};
use crate::support::{World, email, keys, new_keys, rotated_keys, subject};

/// Rewraps in passes until one has nothing to do, as an operator's command does; how many keys were rewrapped.
async fn rewrap_all(keys: &SubjectKeys) -> u64 {
    let (mut all, mut pass, mut after): (u64, u64, Option<Subject>) = (0, 0, None);
    loop {
        let batch = keys.rewrap(after.as_ref(), 7).await.unwrap();
        (all, pass, after) = (all + batch.rewrapped, pass + batch.rewrapped, batch.last);
        if after.is_none() {
            if pass == 0 {
                return all;
            }
            pass = 0;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_can_be_rotated_and_the_older_one_retired() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let (pool, event) = (world.pool(), (event.id, event.decode().unwrap()));
    let reads = async |masters: MasterKeys| {
        let node = Keys::fresh(&pool, masters);
        guest(&node.codec(), event.0, event.1.clone()).await.map(|guest| guest.get().is_some())
    };

    assert!(reads(rotated_keys()).await.unwrap(), "the older key still unwraps");
    let missing = reads(new_keys()).await;
    assert!(matches!(missing, Err(CodecError::Key(KeyError::MasterKeyMissing { .. }))), "{missing:?}");

    let rotating = Keys::fresh(&pool, rotated_keys());
    rotating.0.for_sealing(&[&subject("eve")]).await.unwrap();
    assert_eq!(rewrap_all(&rotating.0).await, 1, "only the one that was older");
    assert!(reads(new_keys()).await.unwrap(), "the older key is no longer needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rewrapped_while_guests_come_and_go() {
    let world = World::new().await;
    let (pool, old) = (world.pool(), world.store.codec().keys());
    let emails: Vec<_> = (0..60).map(|n| email(&format!("guest{n}"))).collect();
    let before = futures::future::try_join_all(emails[..30].iter().map(|email| old.guest(email))).await.unwrap();
    let opened: Vec<_> = old.for_opening(&before.iter().collect::<Vec<_>>()).await.unwrap().into_iter().collect();
    old.erase(&before[0]).await.unwrap();

    // A node of the older configuration goes on making keys meanwhile.
    let rotating = Keys::fresh(&pool, rotated_keys());
    let coming = futures::future::try_join_all(emails[30..].iter().map(|email| old.guest(email)));
    let (_, came) = tokio::join!(rewrap_all(&rotating.0), coming);
    came.unwrap();
    rewrap_all(&rotating.0).await;
    let under = |keys| vec![WrappedUnder { key_id: "new".to_owned(), keys }];
    assert_eq!(rotating.0.wrapped_under().await.unwrap(), under(60), "59 guests, and the key that hashes addresses");

    let later = Keys::fresh(&pool, new_keys());
    let still = later.0.for_opening(&before.iter().collect::<Vec<_>>()).await.unwrap();
    assert_eq!(still.len(), 29);
    assert!(opened.iter().all(|(subject, key)| *subject == before[0] || still[subject] == *key));
    for (email, subject) in emails.iter().zip(&before).skip(1) {
        assert_eq!(later.0.guest(email).await.unwrap(), *subject, "a guest stays the same across master keys");
    }
    assert_eq!(later.0.known_guest(&emails[0]).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_tampered_with_is_told_apart_from_an_erased_one() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    sqlx::query("UPDATE subject_keys SET wrapped = wrapped || '\\x00'").execute(&world.pool()).await.unwrap();
    let node = Keys::fresh(&world.pool(), keys());
    let damaged = guest(&node.codec(), event.id, event.decode().unwrap()).await;
    assert!(matches!(damaged, Err(CodecError::Key(KeyError::Damaged { .. }))), "{damaged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_put_at_another_person_does_not_open() {
    let world = World::new().await;
    let (ada, eve) = (subject("ada"), subject("eve"));
    world.store.codec().keys().for_sealing(&[&ada, &eve]).await.unwrap();
    let swap = "UPDATE subject_keys k SET wrapped = o.wrapped FROM subject_keys o WHERE o.subject <> k.subject";
    assert_eq!(sqlx::query(swap).execute(&world.pool()).await.unwrap().rows_affected(), 2);
    let node = Keys::fresh(&world.pool(), rotated_keys());
    for subject in [&ada, &eve] {
        let damaged = node.0.for_opening(&[subject]).await;
        assert!(matches!(damaged, Err(KeyError::Damaged { .. })), "{damaged:?}");
    }
    assert!(matches!(node.0.rewrap(None, 10).await, Err(KeyError::Damaged { .. })), "nor is it passed on");
}
