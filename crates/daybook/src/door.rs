//! A listener that closes without breaking a request.
//!
//! A proxy keeps connections to a node and sends the next request over one that waits. If the node closes that very
//! connection meanwhile, the request is lost, and unless it is known to be harmless, nobody may send it again. So a door
//! closes in steps: whoever has connected is let in, then nobody is; from the beginning of the end, each answer says that it
//! is the last of its connection; and what still waits is closed once the proxy has had time to turn to another node.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::io;
use std::net::{self, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use futures::future::{Either, FutureExt as _, Map};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower::Service;

/// How long connections wait for a last request once nobody is let in any more. In this time a proxy has been refused, and
/// has turned to another node.
const LINGER: Duration = Duration::from_secs(2);

/// The end of a node, as its doors hear of it.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// It has begun: answers are the last of their connections.
    pub begun: CancellationToken,
    /// Nobody is let in any more.
    pub closing: CancellationToken,
}

/// Serves whoever comes in, until the door is closed and everybody has gone.
pub async fn serve<S>(listener: TcpListener, service: S, ending: Ending) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let (inside, closed) = (TaskTracker::new(), CancellationToken::new());
    let address = listener.local_addr()?;
    let door = Door { address, open: Some(listener), queue: None, closing: ending.closing, closed: closed.clone() };
    let visits = Visits { service, ending: ending.begun, inside: inside.clone() };
    let gone = async move {
        closed.cancelled().await;
        inside.close();
        let _ = timeout(LINGER, inside.wait()).await;
    };
    axum::serve(door, visits).with_graceful_shutdown(gone).await
}

/// Lets connections in.
#[derive(Debug)]
struct Door {
    address: SocketAddr,
    open: Option<TcpListener>,
    /// Those who had connected when it was closed.
    queue: Option<net::TcpListener>,
    closing: CancellationToken,
    closed: CancellationToken,
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        if let Some(open) = &mut self.open {
            if let Some(accepted) = self.closing.run_until_cancelled(Listener::accept(open)).await {
                return accepted;
            }
            // The runtime may not have heard yet of all who have connected; the kernel knows them.
            self.queue = self.open.take().and_then(|open| open.into_std().ok());
        }
        while let Some(queue) = &self.queue {
            match queue.accept().and_then(adopted) {
                Ok(accepted) => return accepted,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => self.queue = None,
            }
        }
        self.closed.cancel();
        pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

fn adopted((stream, peer): (net::TcpStream, SocketAddr)) -> io::Result<(TcpStream, SocketAddr)> {
    stream.set_nonblocking(true)?;
    Ok((TcpStream::from_std(stream)?, peer))
}

/// Makes a [`Visit`] of each connection.
#[derive(Clone, Debug)]
struct Visits<S> {
    service: S,
    ending: CancellationToken,
    inside: TaskTracker,
}

impl<S: Clone> Service<IncomingStream<'_, Door>> for Visits<S> {
    type Response = Visit<S>;
    type Error = Infallible;
    type Future = Ready<Result<Visit<S>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Door>) -> Self::Future {
        ready(Ok(Visit {
            service: self.service.clone(),
            peer: *stream.remote_addr(),
            // Its own, which connections do not contend for.
            ending: self.ending.child_token(),
            _inside: self.inside.token(),
        }))
    }
}

/// The requests of one connection: they know its peer, and their answers say when it is to end.
#[derive(Clone, Debug)]
struct Visit<S> {
    service: S,
    peer: SocketAddr,
    ending: CancellationToken,
    _inside: TaskTrackerToken,
}

type Answered = Result<Response, Infallible>;

impl<S: Service<Request, Response = Response, Error = Infallible>> Service<Request> for Visit<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Map<S::Future, fn(Answered) -> Answered>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.service.call(request);
        if self.ending.is_cancelled() { Either::Right(answer.map(the_last)) } else { Either::Left(answer) }
    }
}

fn the_last(answer: Answered) -> Answered {
    answer.map(|mut response| {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    })
}
