//! Who sends: Basic credentials against the webhook users, and who guesses too often.
//!
//! Argon2 takes some 20 ms and 19 MiB, on threads of its own and two at a time. A
//! credential that was right is remembered as its HMAC under a key that lives in this
//! process alone, together with the stored hash that it was checked against: nothing that
//! could be turned back is kept, and a new password or a removed user forgets it at once.
use crate::users::User;
use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::prelude::*;
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Wrong credentials of an address in a minute; then 429.
const FAILURES_MAX: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// How many addresses are counted, and how many credentials remembered.
const KEPT_MAX: usize = 10_000;
/// How many hashes are made at once.
const HASHING_MAX: usize = 2;

/// Who gets in.
pub struct Doors {
    /// The webhook users by name.
    pub users: Table<String, User>,
    clock: Clock,
    key: hmac::Key,
    /// The stored hash that a credential was right for, by the credential's HMAC.
    known: Mutex<HashMap<Vec<u8>, String>>,
    /// When an address began to fail, and how often it did since; and the same for each
    /// user whose name it gave.
    failures: Mutex<HashMap<Guesser, (Duration, u32)>>,
    hashing: Arc<Semaphore>,
}

/// An address, and of it anybody or who gives this name.
type Guesser = (IpAddr, Option<String>);

/// Name and password.
struct Credentials {
    name: String,
    password: Vec<u8>,
}

impl Doors {
    /// With these users.
    ///
    /// # Errors
    /// When the machine has no random numbers.
    pub fn new(users: Table<String, User>, clock: Clock) -> Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let key = key.map_err(|_| std::io::Error::other("no random numbers"))?;
        let hashing = Arc::new(Semaphore::new(HASHING_MAX));
        Ok(Doors { users, clock, key, known: Mutex::default(), failures: Mutex::default(), hashing })
    }
    /// The user of a request.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] without right credentials, [`Refusal::TooMany`] for an
    /// address that had wrong ones too often: also when these are right, or it could go on
    /// guessing. Behind a proxy or a NAT strangers share an address, so credentials that
    /// were right before still are, until there is a wrong password for their name.
    pub async fn user(&self, request: &Request) -> Result<User, Refusal> {
        let Some(given) = credentials(request) else {
            return Err(Refusal::Unauthorized("no credentials: the URL is like https://NAME:PASSWORD@HOST/…".into()));
        };
        let address = owner(request.peer);
        let user = self.users.get(&given.name).await?;
        let (anybody, this_user) = ((address, None), (address, Some(given.name.clone())));
        if self.fails(&anybody, 0) >= FAILURES_MAX {
            if let Some(user) = user.filter(|_| self.fails(&this_user, 0) == 0) {
                if self.is_known(&self.tag(&given), &user) {
                    return Ok(user);
                }
                self.fails(&this_user, 1);
            }
            return Err(too_many());
        }
        if self.right(&given, user.as_ref(), &anybody).await? {
            return user.ok_or_else(|| Refusal::Unauthorized("Bad credentials".into()));
        }
        self.fails(&anybody, 1);
        if user.is_some() {
            self.fails(&this_user, 1);
        }
        Err(Refusal::Unauthorized("Bad credentials".into()))
    }
    /// What stands for credentials where they are remembered.
    fn tag(&self, given: &Credentials) -> Vec<u8> {
        let mut text = given.name.clone().into_bytes();
        text.push(0);
        text.extend(&given.password);
        hmac::sign(&self.key, &text).as_ref().to_vec()
    }
    /// Whether credentials were right before, for the password that the user still has.
    fn is_known(&self, tag: &[u8], user: &User) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(tag).is_some_and(|hash| hash == user.hash.expose())
    }
    /// Whether the password is right; takes as long where there is no such user.
    async fn right(&self, given: &Credentials, user: Option<&User>, from: &Guesser) -> Result<bool, Refusal> {
        let tag = self.tag(given);
        if user.is_some_and(|user| self.is_known(&tag, user)) {
            return Ok(true);
        }
        let hash = user.map(|user| user.hash.expose().to_owned());
        let permit = self.hashing.clone().acquire_owned().await.map_err(anyhow)?;
        if self.fails(from, 0) >= FAILURES_MAX {
            return Err(too_many()); // others of its address failed while it waited
        }
        let (password, stored) = (given.password.clone(), hash.clone());
        let right = spawn_blocking(move || {
            let _permit = permit;
            match stored {
                Some(stored) => verify(&stored, &password),
                None => {
                    verify(nobody(), &password); // for the time that it takes
                    false
                }
            }
        });
        let right = right.await.map_err(anyhow)?;
        if let Some(hash) = hash.filter(|_| right) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= KEPT_MAX {
                known.clear(); // each costs one hash again
            }
            known.insert(tag, hash);
        }
        Ok(right)
    }
    /// Counts failures of an address, or for a name from there; gives how many there are
    /// in its minute.
    fn fails(&self, who: &Guesser, more: u32) -> u32 {
        let now = self.clock.elapsed();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= KEPT_MAX {
            failures.retain(|_, (since, _)| now.saturating_sub(*since) < MINUTE);
        }
        if more == 0 {
            let recent = failures.get(who).filter(|(since, _)| now.saturating_sub(*since) < MINUTE);
            return recent.map_or(0, |(_, count)| *count);
        }
        let entry = failures.entry(who.clone()).or_insert((now, 0));
        if now.saturating_sub(entry.0) >= MINUTE {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(more);
        entry.1
    }
}

fn too_many() -> Refusal {
    Refusal::TooMany("too many wrong credentials: wait a minute".into())
}
fn anyhow(error: impl std::error::Error + Send + Sync + 'static) -> Refusal {
    Refusal::from(Error::from(error))
}

/// Who counts as one: an IPv6 network of 64 bits has one owner.
fn owner(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        },
    }
}

fn credentials(request: &Request) -> Option<Credentials> {
    let (scheme, value) = request.header("authorization")?.trim().split_once(' ')?;
    let decoded = STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    let (name, password) = decoded.split_at_checked(colon)?;
    Some(Credentials { name: String::from_utf8(name.to_vec()).ok()?, password: password.get(1..)?.to_vec() })
}

fn verify(stored: &str, password: &[u8]) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password, &stored).is_ok()
}

/// A hash that takes as long to check as any.
fn nobody() -> &'static str {
    static NOBODY: OnceLock<String> = OnceLock::new();
    NOBODY.get_or_init(|| hashed(b"nobody").unwrap_or_default())
}

fn hashed(password: &[u8]) -> Option<String> {
    let mut salt = [0; 16];
    SystemRandom::new().fill(&mut salt).ok()?;
    let salt = SaltString::encode_b64(&salt).ok()?;
    Some(Argon2::default().hash_password(password, &salt).ok()?.to_string())
}

/// The hash of a password, made on a thread of its own.
///
/// # Errors
/// When the machine has no random numbers or no memory for it.
pub async fn hash(password: Secret) -> Result<Secret> {
    let hash = spawn_blocking(move || hashed(password.expose().as_bytes())).await?;
    Ok(Secret::new(hash.ok_or_else(|| std::io::Error::other("the password could not be hashed"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_per_network() {
        let rows =
            [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")];
        for (peer, expected) in rows {
            assert_eq!(owner(peer.parse().unwrap()), expected.parse::<IpAddr>().unwrap());
        }
    }
}
