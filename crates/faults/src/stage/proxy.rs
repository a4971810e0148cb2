//! A TCP proxy that is always in the way, and does harm when told to: it delays, throttles, holds everything still, swallows
//! one direction only, or breaks every connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use socket2::SockRef;
#[cfg(test)]
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Bytes taken at once; small enough that a throttled connection goes on in small steps.
const CHUNK: usize = 16 * 1024;

/// After how long a server takes a node for gone from which nothing comes.
const GIVES_UP: Duration = Duration::from_secs(12);

/// For how long a lost connection stays silent.
const NEVER_AGAIN: Duration = Duration::from_mins(2);

/// What a proxy does with the bytes that pass it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weather {
    /// Passes them on.
    #[default]
    Fair,
    /// Passes each piece on after so many milliseconds, and up to as many again.
    Slow(u64),
    /// Passes so many bytes on in a second.
    Narrow(u64),
    /// Passes nothing on; what was sent meanwhile arrives afterwards, as after a short partition.
    Cut,
    /// Passes nothing on that comes from the server: requests arrive, answers do not.
    Deaf,
}

impl Weather {
    const fn holds_requests(&self) -> bool {
        matches!(self, Self::Cut)
    }

    const fn holds_answers(&self) -> bool {
        matches!(self, Self::Cut | Self::Deaf)
    }
}

/// Between a node and a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Counts up when all connections shall break.
    breaks: watch::Sender<u64>,
    /// Counts up when all connections shall fall silent.
    losses: watch::Sender<u64>,
    _running: JoinSet<()>,
}

impl Proxy {
    /// Stands before a server on this machine, at an address of its own.
    pub(crate) async fn before(port: u16, at: IpAddr) -> Result<Self> {
        let listener = TcpListener::bind((at, 0)).await.with_context(|| format!("cannot listen on {at}"))?;
        let address = listener.local_addr()?;
        let (weather, breaks, losses) = (watch::Sender::default(), watch::Sender::new(0), watch::Sender::new(0));
        let signals = Signals { weather: weather.subscribe(), breaks: breaks.subscribe(), losses: losses.subscribe() };
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((client, _)) = accepted else { continue };
                        connections.spawn(serve(client, port, signals.clone()));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self { address, weather, breaks, losses, _running: running })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather.
    pub(crate) fn turn(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Lets every connection fall silent: the server has done with it, and the node never hears of it again. New ones work. So
    /// it is when a machine is replaced by another under its address.
    pub(crate) fn lose_all(&self) {
        self.losses.send_modify(|losses| *losses += 1);
    }

    /// Breaks every connection: both sides get a reset.
    pub(crate) fn break_all(&self) {
        self.breaks.send_modify(|breaks| *breaks += 1);
    }
}

/// What the driver tells a connection.
#[derive(Clone)]
struct Signals {
    weather: watch::Receiver<Weather>,
    breaks: watch::Receiver<u64>,
    losses: watch::Receiver<u64>,
}

async fn serve(client: TcpStream, port: u16, signals: Signals) {
    let Signals { mut weather, mut breaks, mut losses } = signals;
    breaks.mark_unchanged();
    losses.mark_unchanged();
    let connect = async {
        let _ = weather.wait_for(|weather| !matches!(weather, Weather::Cut)).await;
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
    };
    let server = tokio::select! {
        connected = connect => connected,
        _ = breaks.changed() => return reset(&client),
    };
    // Nobody listens: as a machine would say whose server is down.
    let Ok(server) = server else { return reset(&client) };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let ends = async {
        // A side that is done ends the other, as a server does with its clients.
        tokio::select! {
            () = carry(&from_client, &to_server, weather.clone(), Weather::holds_requests) => {}
            () = carry(&from_server, &to_client, weather.clone(), Weather::holds_answers) => {}
        }
    };
    let (broken, lost) = tokio::select! {
        () = ends => (false, false),
        changed = breaks.changed() => (changed.is_ok(), false),
        changed = losses.changed() => (changed.is_ok(), true),
        () = given_up(weather.clone()) => (true, false),
    };
    if broken {
        // The server hears of it at once, the node when it can be reached.
        reset(from_server.as_ref());
        to_server.forget();
        drop(from_server);
        if lost {
            let _ = tokio::time::timeout(NEVER_AGAIN, breaks.changed()).await;
        }
        let _ = weather.wait_for(|weather| !weather.holds_answers()).await;
        reset(from_client.as_ref());
        // Dropped, it would say goodbye in order.
        to_client.forget();
    }
}

/// Returns when nothing has come through for so long that the server takes the node for gone: a node asks PostgreSQL to do so
/// (`tcp_user_timeout`), and a server that nobody asks notices later.
async fn given_up(mut weather: watch::Receiver<Weather>) {
    loop {
        let _ = weather.wait_for(Weather::holds_answers).await;
        let fair = weather.wait_for(|weather| !weather.holds_answers());
        if tokio::time::timeout(GIVES_UP, fair).await.is_err() {
            return;
        }
    }
}

/// Carries bytes one way until either end is done.
async fn carry(
    from: &OwnedReadHalf,
    to: &OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    holds: fn(&Weather) -> bool,
) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let Ok(count @ 1..) = read(from, &mut buffer).await else {
            // That it is over is news, too, which does not get through either.
            let _ = weather.wait_for(|weather| !holds(weather)).await;
            return;
        };
        let now = *weather.borrow_and_update();
        match now {
            Weather::Slow(delay) => {
                tokio::time::sleep(Duration::from_millis(delay + rand::random_range(0..=delay))).await;
            }
            Weather::Narrow(rate) => {
                let takes = Duration::from_secs(1).mul_f64(
                    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
                        / f64::from(u32::try_from(rate).unwrap_or(u32::MAX)),
                );
                tokio::time::sleep(takes).await;
            }
            _ => {}
        }
        if weather.wait_for(|weather| !holds(weather)).await.is_err() || write(to, &buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn read(from: &OwnedReadHalf, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

async fn write(to: &OwnedWriteHalf, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The connection ends with a reset instead of in order.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// A server that sends back what it gets, behind a proxy.
    async fn echo() -> (Proxy, JoinSet<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        (Proxy::before(port, Ipv4Addr::LOCALHOST.into()).await.unwrap(), running)
    }

    async fn say(stream: &mut TcpStream, word: &[u8; 4]) -> std::io::Result<[u8; 4]> {
        stream.write_all(word).await?;
        hear(stream).await
    }

    async fn hear(stream: &mut TcpStream) -> std::io::Result<[u8; 4]> {
        let mut heard = [0; 4];
        stream.read_exact(&mut heard).await?;
        Ok(heard)
    }

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn what_was_cut_off_arrives_once_the_way_is_open_again() {
        let (proxy, _server) = echo().await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut stream, b"fair").await.unwrap(), *b"fair");
        for weather in [Weather::Cut, Weather::Deaf] {
            proxy.turn(weather);
            assert!(timeout(SHORT, say(&mut stream, b"held")).await.is_err(), "{weather:?}");
            proxy.turn(Weather::Fair);
            assert_eq!(hear(&mut stream).await.unwrap(), *b"held");
        }
    }

    #[tokio::test]
    async fn slow_weather_takes_its_time_both_ways() {
        let (proxy, _server) = echo().await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.turn(Weather::Slow(30));
        let began = std::time::Instant::now();
        assert_eq!(say(&mut stream, b"slow").await.unwrap(), *b"slow");
        assert!(began.elapsed() >= Duration::from_millis(60));
    }

    #[tokio::test]
    async fn a_lost_connection_is_silent_and_new_ones_work() {
        let (proxy, _server) = echo().await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut stream, b"fair").await.unwrap();
        proxy.lose_all();
        assert!(timeout(SHORT, say(&mut stream, b"lost")).await.is_err());
        let mut anew = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut anew, b"anew").await.unwrap(), *b"anew");
        assert!(timeout(SHORT, hear(&mut stream)).await.is_err());
    }

    #[tokio::test]
    async fn a_break_resets_connections_and_new_ones_work() {
        let (proxy, _server) = echo().await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut stream, b"fair").await.unwrap();
        proxy.break_all();
        let error = timeout(Duration::from_secs(10), hear(&mut stream)).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(say(&mut stream, b"anew").await.unwrap(), *b"anew");
    }
}
