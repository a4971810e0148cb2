//! Breaks and mends.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

use super::{By, Far, Hit, Part};
use crate::history::{Fault, Recorder, Round, What};
use crate::stage::{NODES, Stage, Weather};

/// How long faults last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// A fault lasts from so long to so long.
    pub(crate) lasts: (Duration, Duration),
    /// One in so many lasts longer, and one in ten of those longer than a request may take; none if it is zero.
    pub(crate) long_one_in: u32,
    /// How long a failpoint may take to be reached.
    pub(crate) reached_within: Duration,
    /// The pause before the next fault, at most.
    pub(crate) pause: Duration,
}

/// Breaks and mends. Its chance is its own, so that the script is the same however long things take.
#[derive(Debug)]
pub(crate) struct Injector {
    pub(crate) pace: Pace,
    pub(crate) recorder: Recorder,
    pub(crate) output: PathBuf,
    pub(crate) random: SmallRng,
    /// Failpoints that a node was started with and did not reach.
    pub(crate) not_reached: usize,
}

impl Injector {
    pub(crate) fn new(pace: Pace, recorder: Recorder, output: PathBuf, seed: u64) -> Self {
        Self { pace, recorder, output, random: SmallRng::seed_from_u64(seed ^ 0xfa17), not_reached: 0 }
    }

    /// Breaks what the hits say, waits, mends it in some order, and waits until bookings are taken everywhere.
    pub(crate) async fn inject(&mut self, stage: &mut Stage, round: usize, mut hits: Vec<Hit>) -> Result<()> {
        self.recorder.note(What::Fault(Fault { round, hits: hits.clone() }));
        // What ends a node in order, or at a place that it has to get to, needs everything else to run.
        hits.sort_by_key(|hit| !matches!(hit, Hit::Restart(_) | Hit::Fail(..)));
        for hit in &hits {
            self.strike(stage, *hit).await.with_context(|| hit.to_string())?;
        }
        let until = Instant::now() + self.lasts();
        while Instant::now() < until {
            for hit in &hits {
                if let Hit::Break(node, far) = *hit {
                    stage.sites[node].break_all(far);
                }
            }
            sleep((until - Instant::now()).min(Duration::from_millis(300))).await;
        }

        hits.shuffle(&mut self.random);
        // A node that finds no database would only give up: what runs again comes before what is started.
        hits.sort_by_key(|hit| matches!(hit.process(), Some(Part::Node(_))));
        for hit in &hits {
            self.mend(stage, *hit).await.with_context(|| format!("cannot mend: {hit}"))?;
        }
        self.recorder.note(What::Healed(Round { round }));
        stage.until_ready().await.with_context(|| format!("after round {round}: {hits:?}"))?;
        self.recorder.note(What::Ready(Round { round }));
        sleep(self.pace.pause.mul_f64(self.random.random())).await;
        Ok(())
    }

    fn lasts(&mut self) -> Duration {
        let lasts = self.random.random_range(self.pace.lasts.0..=self.pace.lasts.1);
        if self.pace.long_one_in == 0 || !self.random.random_ratio(1, self.pace.long_one_in) {
            return lasts;
        }
        // Beyond the time-outs of statements and appends, and now and then beyond that of a request.
        if self.random.random_ratio(1, 10) { Duration::from_secs(28) } else { lasts + Duration::from_secs(9) }
    }

    async fn strike(&mut self, stage: &mut Stage, hit: Hit) -> Result<()> {
        match hit {
            Hit::Kill(Part::Node(node)) => stage.sites[node].kill_9(&self.output)?,
            Hit::Kill(Part::Postgres) => stage.postgres.kill_9().await?,
            Hit::Kill(Part::Nats) => stage.nats.kill_9().await?,
            Hit::Restart(node) => stage.sites[node].stop(&self.output).await?,
            Hit::Stop(Part::Node(node)) => stage.sites[node].signal(Signal::SIGSTOP),
            Hit::Stop(Part::Postgres) => stage.postgres.pause(),
            Hit::Stop(Part::Nats) => stage.nats.pause(),
            Hit::Cut(node, far, By::Namespace) => stage.sites[node].namespace().context("no namespaces")?.cut(far)?,
            Hit::Cut(node, far, by) => {
                stage.sites[node].turn(far, if by == By::Proxy { Weather::Cut } else { Weather::Deaf });
            }
            Hit::Slow(node, far, milliseconds) => stage.sites[node].turn(far, Weather::Slow(milliseconds)),
            Hit::Narrow(node, far, rate) => stage.sites[node].turn(far, Weather::Narrow(rate)),
            Hit::Break(node, far) => stage.sites[node].break_all(far),
            Hit::Lose(node, far) => stage.sites[node].lose_all(far),
            Hit::Fail(node, point) => {
                stage.sites[node].kill_9(&self.output)?;
                stage.start_node(node, &[point.armed().to_owned()]).await?;
                if hit.needs_both_nodes() {
                    for other in (0..NODES).filter(|other| *other != node) {
                        stage.sites[other].kill_9(&self.output)?;
                        stage.start_node(other, &[]).await?;
                    }
                }
                if point.ends_the_node() {
                    self.until_ended(stage, node).await;
                }
            }
        }
        Ok(())
    }

    /// Waits until a node has ended at its failpoint, or the time for it is over.
    async fn until_ended(&mut self, stage: &mut Stage, node: usize) {
        let until = Instant::now() + self.pace.reached_within;
        while stage.sites[node].is_running() {
            if Instant::now() > until {
                self.not_reached += 1;
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn mend(&mut self, stage: &mut Stage, hit: Hit) -> Result<()> {
        match hit {
            Hit::Kill(Part::Node(node)) | Hit::Restart(node) => stage.start_node(node, &[]).await?,
            Hit::Kill(Part::Postgres) => stage.postgres.restart().await?,
            Hit::Kill(Part::Nats) => stage.nats.restart().await?,
            Hit::Stop(Part::Node(node)) => stage.sites[node].signal(Signal::SIGCONT),
            Hit::Stop(Part::Postgres) => stage.postgres.resume(),
            Hit::Stop(Part::Nats) => stage.nats.resume(),
            Hit::Cut(node, far, By::Namespace) => stage.sites[node].namespace().context("no namespaces")?.mend(far)?,
            Hit::Cut(node, far, _) | Hit::Slow(node, far, _) | Hit::Narrow(node, far, _) => {
                stage.sites[node].turn(far, Weather::Fair);
            }
            Hit::Break(..) | Hit::Lose(..) => {}
            Hit::Fail(node, _) => {
                stage.sites[node].kill_9(&self.output)?;
                stage.start_node(node, &[]).await?;
            }
        }
        Ok(())
    }

    /// Ends whatever may still be on its way: nodes end in order and begin again, and every connection is new.
    pub(crate) async fn calm(&mut self, stage: &mut Stage) -> Result<()> {
        for node in 0..stage.sites.len() {
            stage.sites[node].stop(&self.output).await?;
            stage.sites[node].break_all(Far::Servers);
        }
        until_idle(stage).await?;
        for node in 0..stage.sites.len() {
            stage.start_node(node, &[]).await?;
        }
        stage.until_ready().await?;
        self.recorder.note(What::Calm);
        Ok(())
    }
}

/// Waits until PostgreSQL serves nobody of ours any more.
async fn until_idle(stage: &Stage) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(30);
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'daybook%' AND datname = current_database()";
    loop {
        let running: i64 = sqlx::query_scalar(query).fetch_one(&stage.log().0).await?;
        if running == 0 {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < until, "{running} sessions of nodes that have ended are still there");
        sleep(Duration::from_millis(50)).await;
    }
}
