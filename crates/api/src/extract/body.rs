//! The bytes of a body.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::StreamExt;
use tokio::time::timeout;

use crate::problem::{Answer, Code, Problem};

/// Bytes of a body at most; the largest that means anything, a schedule with hundreds of overrides, has half of that.
const LONGEST: usize = 64 * 1024;
/// What is read of a longer one, and thrown away, before it is refused, and for how long at most. Whoever is still sending
/// when the connection closes sees it break, and never the answer.
const DISCARDED: (usize, Duration) = (4 * 1024 * 1024, Duration::from_secs(2));

/// Reads a body to its end, if it is not too long.
pub(super) async fn read(body: Body) -> Answer<Vec<u8>> {
    let mut chunks = body.into_data_stream();
    let mut read = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::invalid("body", "could not be read to its end"))?;
        if read.len() + chunk.len() > LONGEST {
            let _ = timeout(DISCARDED.1, discard(chunks)).await;
            return Err(Problem::new(Code::PayloadTooLarge, "the body is larger than this operation takes"));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

async fn discard(mut chunks: BodyDataStream) {
    let mut discarded = 0;
    while discarded < DISCARDED.0
        && let Some(Ok(chunk)) = chunks.next().await
    {
        discarded += chunk.len();
    }
}
