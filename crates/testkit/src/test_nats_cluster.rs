//! Three NATS servers that keep the same streams, for one test.

use crate::{
    error::Error,
    nats::{Member, NatsOptions, NatsUser, PrivateNats},
    passwords::Passwords,
    port::Port,
    scratch::ScratchDirectory,
};

/// How many servers there are: with one of them lost, two still agree.
const SERVERS: usize = 3;

/// A NATS cluster of a test's own, with an empty JetStream; ended and removed with this value.
#[derive(Debug)]
pub struct TestNatsCluster {
    // In this order: the servers end before their directory goes.
    servers: Vec<(String, PrivateNats)>,
    _directory: ScratchDirectory,
    _ports: Vec<Port>,
}

impl TestNatsCluster {
    /// Starts the servers on free ports.
    pub async fn start() -> Result<Self, Error> {
        let directory = ScratchDirectory::make()?;
        let passwords = directory.path().join("passwords");
        // Made before any server looks for them: all have the same.
        Passwords::read_or_make(&passwords, &NatsUser::ALL.map(NatsUser::name))?;
        let ports = (0..SERVERS).map(|_| Port::free()).collect::<Result<Vec<_>, _>>()?;
        let numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        let mut servers = Vec::new();
        for (index, &port) in numbers.iter().enumerate() {
            let name = format!("nats-{}", index + 1);
            let others = numbers.iter().copied().filter(|other| *other != port).collect();
            let member = Member { name: name.clone(), port, others, passwords: passwords.clone() };
            let options = NatsOptions::in_directory(directory.path().join(&name)).member_of_a_cluster(member);
            servers.push((name, PrivateNats::start(options).await?));
        }
        Ok(Self { servers, _directory: directory, _ports: ports })
    }

    /// The URL for the program itself (`NATS_URL`): all servers, with commas between.
    pub fn service_url(&self) -> String {
        self.urls(NatsUser::Service).join(",")
    }

    /// The URLs for a user who may do anything.
    pub fn operator_urls(&self) -> Vec<String> {
        self.urls(NatsUser::Operator)
    }

    fn urls(&self, user: NatsUser) -> Vec<String> {
        self.servers.iter().map(|(_, server)| server.url(user)).collect()
    }

    /// The server of this name, as JetStream calls the leader of a stream.
    pub fn server(&mut self, name: &str) -> Option<&mut PrivateNats> {
        self.servers.iter_mut().find(|(own, _)| own == name).map(|(_, server)| server)
    }
}
