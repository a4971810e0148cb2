//! A connection that breaks at a chosen moment.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What the statement that is to be tampered with contains.
pub(crate) const MARK: &str = "8f1c2a-tamper-with-this";

/// What happens to the next statement with the mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server executes it; the connection breaks before the client hears of it.
    AnswerLost,
    /// The connection breaks before the server sees it.
    RequestLost,
    /// Likewise, and new connections have to wait until they are released.
    RequestLostAndHeld,
}

/// A proxy in front of a server.
pub(crate) struct Proxy {
    pool: PgPool,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

struct Shared {
    next: Mutex<Option<Fault>>,
    faults: AtomicUsize,
    held: watch::Sender<bool>,
}

impl Proxy {
    /// A proxy in front of the server that this pool connects to.
    pub(crate) async fn before(pool: &PgPool) -> Self {
        let options: PgConnectOptions = (*pool.connect_options()).clone();
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = watch::channel(false).0;
        let shared = Arc::new(Shared { next: Mutex::default(), faults: AtomicUsize::new(0), held });
        let mut accepting = JoinSet::new();
        let accepted = Arc::clone(&shared);
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(serve(client, server.clone(), Arc::clone(&accepted)));
            }
        });
        let pool = PgPoolOptions::new().connect_lazy_with(options.host("127.0.0.1").port(port));
        Self { pool, shared, _accepting: accepting }
    }

    /// Connections through the proxy.
    pub(crate) fn pool(&self) -> PgPool {
        self.pool.clone()
    }

    /// Lets the next marked statement meet a fault.
    pub(crate) fn next(&self, fault: Fault) {
        *self.shared.next.lock().unwrap() = Some(fault);
    }

    /// Faults that have happened.
    pub(crate) fn faults(&self) -> usize {
        self.shared.faults.load(Ordering::SeqCst)
    }

    /// Lets new connections through again.
    pub(crate) fn release(&self) {
        self.shared.held.send_replace(false);
    }
}

async fn serve(mut client: TcpStream, server: (String, u16), shared: Arc<Shared>) {
    let mut held = shared.held.subscribe();
    if held.wait_for(|held| !held).await.is_err() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut sent, mut received) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            count = client.read(&mut sent) => {
                let Ok(count @ 1..) = count else { return };
                let statement = &sent[..count];
                let marked = statement.windows(MARK.len()).any(|window| window == MARK.as_bytes());
                let fault = if marked { shared.next.lock().unwrap().take() } else { None };
                match fault {
                    None => if server.write_all(statement).await.is_err() { return },
                    Some(Fault::AnswerLost) => {
                        server.write_all(statement).await.unwrap();
                        // The server answers after the commit.
                        assert!(server.read(&mut received).await.unwrap() > 0);
                        shared.faults.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    Some(fault) => {
                        shared.held.send_replace(fault == Fault::RequestLostAndHeld);
                        shared.faults.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                }
            }
            count = server.read(&mut received) => {
                let Ok(count @ 1..) = count else { return };
                if client.write_all(&received[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
