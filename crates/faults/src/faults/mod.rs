//! What is broken, how, and when it is mended.

mod inject;
mod script;

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub(crate) use inject::{Injector, Pace};
pub(crate) use script::Script;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A process is killed (SIGKILL), or a node is told to end (SIGTERM); and started again.
    Kill,
    /// A process and all that belong to it stand still (SIGSTOP) and go on.
    Stop,
    /// A node is cut off from its servers or its guests.
    Partition,
    /// The way to a server is slow, narrow, or breaks its connections.
    Slow,
    /// A node ends at a chosen place in its code: between commit, publish, acknowledgement and checkpoint.
    Fail,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Kill, Self::Stop, Self::Partition, Self::Slow, Self::Fail];
}

/// A part of the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A node.
    Node(usize),
    /// The database.
    Postgres,
    /// NATS.
    Nats,
}

/// From whom a node is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Far {
    /// The database.
    Postgres,
    /// NATS.
    Nats,
    /// Both of them; guests reach it.
    Servers,
    /// Guests and hosts; it reaches its servers.
    Guests,
    /// Everybody: the cable is pulled.
    All,
}

/// How a way is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The proxy passes nothing on.
    Proxy,
    /// The proxy passes on what the node sends, and nothing that the server answers.
    DeafProxy,
    /// The node's network namespace has a black-hole route, or its cable is pulled.
    Namespace,
}

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// Killed.
    Kill(Part),
    /// A node is told to end, as by an operator, and does.
    Restart(usize),
    /// Held still.
    Stop(Part),
    /// A node, cut off.
    Cut(usize, Far, By),
    /// A node's way to servers takes so many milliseconds, and up to as many again.
    Slow(usize, Far, u64),
    /// A node's way to servers carries so many bytes in a second.
    Narrow(usize, Far, u64),
    /// A node's connections to servers break, and break again.
    Break(usize, Far),
    /// A node's connections to servers fall silent for good; new ones work.
    Lose(usize, Far),
    /// A node ends at this place in its code.
    Fail(usize, Failpoint),
}

/// A place in the code, and what happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failpoint {
    /// After a commit, before anybody knows of it: the node ends.
    AppendAfterCommit,
    /// After a commit, before anybody knows of it: the answer is lost.
    AppendAnswerLost,
    /// After an append, before the node's cache has it.
    CommandBeforeCache,
    /// After a message was published, before it is acknowledged.
    RelayAfterPublish,
    /// After the acknowledgement, before the relay takes note of it.
    RelayAfterAck,
    /// After the rows were written, before they and the checkpoint are committed.
    ProjectionBeforeCommit,
    /// After rows and checkpoint were committed.
    ProjectionAfterCommit,
    /// After an announcement was heard, before the cache forgets.
    AnnouncementBeforeCache,
}

impl Failpoint {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AppendAfterCommit,
        Self::AppendAnswerLost,
        Self::CommandBeforeCache,
        Self::RelayAfterPublish,
        Self::RelayAfterAck,
        Self::ProjectionBeforeCommit,
        Self::ProjectionAfterCommit,
        Self::AnnouncementBeforeCache,
    ];

    /// How the variable `FAILPOINTS` names it. It is seldom reached with effect at once, so that the node does some work first.
    pub(crate) const fn armed(self) -> &'static str {
        match self {
            Self::AppendAfterCommit => "append-after-commit=10%return",
            Self::AppendAnswerLost => "append-after-commit=20%return(lost)",
            Self::CommandBeforeCache => "command-before-cache=10%return",
            Self::RelayAfterPublish => "relay-after-publish=10%return",
            Self::RelayAfterAck => "relay-after-ack=10%return",
            Self::ProjectionBeforeCommit => "projection-before-commit=10%return",
            Self::ProjectionAfterCommit => "projection-after-commit=10%return",
            Self::AnnouncementBeforeCache => "announcement-before-cache=10%return",
        }
    }

    /// Whether only the node gets there that has the lead: that relays, and that projects.
    const fn needs_the_lead(self) -> bool {
        matches!(
            self,
            Self::RelayAfterPublish | Self::RelayAfterAck | Self::ProjectionBeforeCommit | Self::ProjectionAfterCommit
        )
    }

    /// Whether the node ends there.
    pub(crate) const fn ends_the_node(self) -> bool {
        !matches!(self, Self::AppendAnswerLost)
    }
}

impl Hit {
    /// Of which kind it is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Kill(_) | Self::Restart(_) => Kind::Kill,
            Self::Stop(_) => Kind::Stop,
            Self::Cut(..) | Self::Lose(..) => Kind::Partition,
            Self::Slow(..) | Self::Narrow(..) | Self::Break(..) => Kind::Slow,
            Self::Fail(..) => Kind::Fail,
        }
    }

    /// The process that it concerns, if it does not concern a way.
    pub(crate) const fn process(self) -> Option<Part> {
        match self {
            Self::Kill(part) | Self::Stop(part) => Some(part),
            Self::Restart(node) | Self::Fail(node, _) => Some(Part::Node(node)),
            Self::Cut(..) | Self::Slow(..) | Self::Narrow(..) | Self::Break(..) | Self::Lose(..) => None,
        }
    }

    /// Whether both cannot happen at once.
    pub(crate) fn collides_with(self, other: Self) -> bool {
        match (self.process(), other.process()) {
            (Some(Part::Node(_)), Some(Part::Node(_))) if self.needs_both_nodes() || other.needs_both_nodes() => true,
            (Some(one), Some(other)) => one == other,
            (None, None) => self.way() == other.way(),
            _ => false,
        }
    }

    /// Whether the other node has to step back for it.
    pub(crate) const fn needs_both_nodes(self) -> bool {
        matches!(self, Self::Fail(_, point) if point.needs_the_lead())
    }

    /// The node at whose ways it is.
    const fn way(self) -> Option<usize> {
        match self {
            Self::Cut(node, ..)
            | Self::Slow(node, ..)
            | Self::Narrow(node, ..)
            | Self::Break(node, _)
            | Self::Lose(node, _) => Some(node),
            _ => None,
        }
    }

    /// The node at which requests may wait for longer than it would let them, if there is one.
    pub(crate) const fn node_out_of_reach(&self) -> Option<usize> {
        match self {
            Self::Stop(Part::Node(node)) | Self::Cut(node, Far::Guests | Far::All, _) => Some(*node),
            _ => None,
        }
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(part) => write!(f, "kill {part:?}"),
            Self::Restart(node) => write!(f, "restart Node({node})"),
            Self::Stop(part) => write!(f, "stop {part:?}"),
            Self::Cut(node, far, by) => write!(f, "cut Node({node}) from {far:?} by {by:?}"),
            Self::Slow(node, far, ms) => write!(f, "slow {far:?} for Node({node}) ({ms} ms)"),
            Self::Narrow(node, far, rate) => write!(f, "narrow {far:?} for Node({node}) ({rate} bytes/s)"),
            Self::Break(node, far) => write!(f, "break connections of Node({node}) to {far:?}"),
            Self::Lose(node, far) => write!(f, "lose connections of Node({node}) to {far:?}"),
            Self::Fail(node, point) => write!(f, "fail Node({node}) at {point:?}"),
        }
    }
}
