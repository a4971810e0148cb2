//! What an operator configures, and the tokens that hang on it.

use daybook_api::bookings::ManageTokens;
use daybook_api::bookings::manage_token::Right;
use daybook_api::middleware::limits::TrustedProxies;
use daybook_domain::ids::BookingId;
use daybook_event_store::MasterKeys;
use uuid::Uuid;

const BOOKING: BookingId = BookingId(Uuid::from_u128(7));
const OTHER: BookingId = BookingId(Uuid::from_u128(8));

/// Two lines: master keys or trusted proxies, and a booking token that somebody made up.
///
/// Keys never show in what is printed. A token opens its own booking only, and none that was altered opens any.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (configured, sent) = text.split_once('\n').unwrap_or((text, ""));
    if let Err(refused) = configured.parse::<TrustedProxies>() {
        assert!(refused.to_string().ends_with("is neither an address nor a network such as 10.0.0.0/8"));
    }
    let keys = match configured.parse::<MasterKeys>() {
        Ok(keys) => keys,
        Err(refused) => {
            assert!(refused.to_string().contains("master key"), "{refused}");
            return;
        }
    };
    let ids: Vec<&str> = keys.ids().collect();
    let named =
        |id: &str| (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    assert!(ids.iter().all(|id| named(id)) && ids[0] == keys.current_id());
    let printed = format!("{keys:?}");
    for secret in configured.split(',').filter_map(|key| key.split_once(':')) {
        assert!(!printed.contains(secret.1), "a key is printed");
    }
    tokens(&keys, sent);
}

fn tokens(keys: &MasterKeys, sent: &str) {
    let tokens = ManageTokens::new(keys);
    let (manage, read) = (tokens.issue(BOOKING, Right::Manage), tokens.issue(BOOKING, Right::Read));
    assert!(tokens.allows(&manage, BOOKING, Right::Manage) && tokens.allows(&manage, BOOKING, Right::Read));
    assert!(tokens.allows(&read, BOOKING, Right::Read) && !tokens.allows(&read, BOOKING, Right::Manage));
    // Somebody who does not know the key guesses, or alters one that they were given: whatever they send takes the place of
    // that many characters of it.
    for place in [0, manage.len().saturating_sub(sent.len()), manage.len() / 2] {
        let mut altered = manage.clone().into_bytes();
        for (old, new) in altered.iter_mut().skip(place).zip(sent.bytes()) {
            *old = new;
        }
        for token in [String::from_utf8_lossy(&altered).into_owned(), sent.to_owned(), format!("{manage}{sent}")] {
            assert_eq!(tokens.allows(&token, BOOKING, Right::Manage), token == manage, "{token:?}");
            assert_eq!(tokens.allows(&token, BOOKING, Right::Read), token == manage || token == read, "{token:?}");
            assert!(!tokens.allows(&token, OTHER, Right::Read), "{token:?}");
        }
    }
}
