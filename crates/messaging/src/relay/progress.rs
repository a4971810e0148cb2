//! How far publishing has come, as seen from outside.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_event_store::Place;

/// The place up to which a stream has every event, as far as this node knows. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<Option<Place>>>);

impl Progress {
    pub(super) fn reached(&self, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// Another node publishes now.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn place(&self) -> Option<Place> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
