//! Hosts that have work: which may be asked now, and which wait.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use tokio::time::Instant;

use crate::model::Job;

/// A host with work.
pub(super) struct Host {
    pub name: String,
    pub queue: VecDeque<Job>,
    /// Free jobs may be left in the frontier.
    pub more: bool,
    pub claiming: bool,
    pub in_flight: u32,
    connections: u32,
    /// It stands in `ready` or in `later`.
    pub listed: bool,
}

/// Hosts, those that may be asked now, and those that wait.
#[derive(Default)]
pub(super) struct Board {
    pub hosts: Vec<Host>,
    /// The place of each in `hosts`.
    places: HashMap<String, usize>,
    /// Places that nobody has.
    empty: Vec<usize>,
    pub ready: VecDeque<usize>,
    /// Moment, host, and whether the frontier is to be asked again then.
    pub later: BinaryHeap<Reverse<(Instant, usize, bool)>>,
}

impl Board {
    /// The place of a host, which may have work now.
    pub fn place(&mut self, name: String, connections: u32) -> usize {
        if let Some(index) = self.places.get(&name) {
            self.hosts[*index].more = true;
            return *index;
        }
        let host = Host {
            name: name.clone(),
            queue: VecDeque::new(),
            more: true,
            claiming: false,
            in_flight: 0,
            connections: connections.max(1),
            listed: false,
        };
        let index = match self.empty.pop() {
            Some(index) => {
                self.hosts[index] = host;
                index
            }
            None => {
                self.hosts.push(host);
                self.hosts.len() - 1
            }
        };
        self.places.insert(name, index);
        index
    }

    /// Forgets hosts that have nothing to do: a service that runs for months meets many.
    pub fn tidy(&mut self) {
        let waiting: HashSet<usize> = self.later.iter().map(|Reverse((_, index, _))| *index).collect();
        for (index, host) in self.hosts.iter().enumerate() {
            let is_idle = host.queue.is_empty() && !host.more && !host.claiming && host.in_flight == 0 && !host.listed;
            if is_idle && !waiting.contains(&index) && self.places.get(&host.name) == Some(&index) {
                self.places.remove(&host.name);
                self.empty.push(index);
            }
        }
    }

    pub fn list(&mut self, index: usize) {
        let host = &mut self.hosts[index];
        let has_work = !host.queue.is_empty() || (host.more && !host.claiming);
        if !host.listed && has_work && host.in_flight < host.connections {
            host.listed = true;
            self.ready.push_back(index);
        }
    }

    pub fn put_later(&mut self, index: usize, at: Instant) {
        self.hosts[index].listed = true;
        self.later.push(Reverse((at, index, false)));
    }

    /// Moves hosts whose time has come to the ready ones.
    pub fn wake(&mut self, now: Instant) {
        while let Some(Reverse((at, index, refill))) = self.later.peek().copied() {
            if at > now {
                return;
            }
            self.later.pop();
            let host = &mut self.hosts[index];
            host.listed = false;
            host.more |= refill;
            self.list(index);
        }
    }

    /// When the next of the hosts that wait has its time.
    pub fn next(&self) -> Option<Instant> {
        self.later.peek().map(|Reverse((at, ..))| *at)
    }
}
