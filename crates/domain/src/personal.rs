//! Personal data inside events: plain in the hands of a command, sealed in the log, erased when its key is gone (E9).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Whom a piece of personal data is about, without saying who they are: `guest:<32 hex digits>` or `host:<id>`.
///
/// A guest's subject is a random name; the store knows by their e-mail address whose it is, until they are erased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(pub String);

/// A value that belongs to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Members<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub enum Personal<T> {
    /// Readable; never written to the log.
    Plain {
        /// The value.
        plain: T,
        /// Whom it is about.
        subject: Subject,
    },
    /// Encrypted under the subject's key.
    Sealed {
        /// Base64 of nonce and ciphertext.
        sealed: String,
        /// Whose key opens it.
        subject: Subject,
    },
    /// The subject's key was destroyed.
    Erased {
        /// Whom it was about.
        erased: Subject,
    },
}

/// The members that any of the three forms may have; read in one pass, where an untagged enum would buffer.
#[derive(Deserialize)]
struct Members<T> {
    plain: Option<T>,
    sealed: Option<String>,
    subject: Option<Subject>,
    erased: Option<Subject>,
}

impl<T> TryFrom<Members<T>> for Personal<T> {
    type Error = &'static str;

    fn try_from(members: Members<T>) -> Result<Self, Self::Error> {
        match members {
            Members { sealed: Some(sealed), subject: Some(subject), .. } => Ok(Self::Sealed { sealed, subject }),
            Members { plain: Some(plain), subject: Some(subject), .. } => Ok(Self::Plain { plain, subject }),
            Members { erased: Some(erased), .. } => Ok(Self::Erased { erased }),
            _ => Err("personal data must be sealed with its subject, plain with its subject, or erased"),
        }
    }
}

impl<T> Personal<T> {
    /// A readable value about somebody.
    pub const fn plain(value: T, subject: Subject) -> Self {
        Self::Plain { plain: value, subject }
    }

    /// The value, if it is readable.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Plain { plain, .. } => Some(plain),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }

    /// Whom it is about.
    pub const fn subject(&self) -> &Subject {
        match self {
            Self::Plain { subject, .. } | Self::Sealed { subject, .. } | Self::Erased { erased: subject } => subject,
        }
    }
}

/// A personal field of an event, as the event store's codec sees it: without its type.
pub trait PersonalField {
    /// The field's name, which is bound to the ciphertext.
    fn name(&self) -> &'static str;
    /// Whom the value is about.
    fn subject(&self) -> &Subject;
    /// The value as JSON, if it is readable.
    fn plain_json(&self) -> Option<Vec<u8>>;
    /// The ciphertext, if it is sealed.
    fn sealed(&self) -> Option<&str>;
    /// Replaces the value by its ciphertext.
    fn seal(&mut self, ciphertext: String);
    /// Replaces the ciphertext by the value as JSON, or, without one, marks it as erased.
    fn open(&mut self, plain_json: Option<&[u8]>) -> Result<(), serde_json::Error>;
}

/// One personal field of an event, by name.
pub struct Field<'a, T> {
    /// The field's name.
    pub name: &'static str,
    /// Its value.
    pub value: &'a mut Personal<T>,
}

impl<T: Serialize + DeserializeOwned> PersonalField for Field<'_, T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn subject(&self) -> &Subject {
        self.value.subject()
    }

    fn plain_json(&self) -> Option<Vec<u8>> {
        self.value.get().and_then(|plain| serde_json::to_vec(plain).ok())
    }

    fn sealed(&self) -> Option<&str> {
        match &*self.value {
            Personal::Sealed { sealed, .. } => Some(sealed),
            Personal::Plain { .. } | Personal::Erased { .. } => None,
        }
    }

    fn seal(&mut self, ciphertext: String) {
        *self.value = Personal::Sealed { sealed: ciphertext, subject: self.value.subject().clone() };
    }

    fn open(&mut self, plain_json: Option<&[u8]>) -> Result<(), serde_json::Error> {
        let subject = self.value.subject().clone();
        *self.value = match plain_json {
            Some(json) => Personal::Plain { plain: serde_json::from_slice(json)?, subject },
            None => Personal::Erased { erased: subject },
        };
        Ok(())
    }
}
